// User ids in addresses. An id may be a text with signs of its own, such as auth0|abc or a/b.

/** What an operator typed or pasted, as one id: without the spaces and quotation marks that come with a copy. */
export function typedId(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, '$2');
}

/** Browsers take these two parts of a path for folders, in whatever spelling. No request can name such a user. */
export function canBeAsked(userId: string): boolean {
  return userId !== '.' && userId !== '..';
}
