// Finds the end of one HTTP answer in the bytes of a connection. Enough for servers that send Content-Length, and
// cheap: no header is read but that one.

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('ontent-');
const ZERO = 48;
const STATUS_AT = 9;

/** Status of a complete answer; 0 if more bytes are needed. */
export function scanAnswer(bytes: Buffer): number {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return 0;
  if (bytes.length < headEnd + HEAD_END.length + contentLength(bytes, headEnd)) return 0;
  return (
    ((bytes[STATUS_AT] as number) - ZERO) * 100 +
    ((bytes[STATUS_AT + 1] as number) - ZERO) * 10 +
    ((bytes[STATUS_AT + 2] as number) - ZERO)
  );
}

function contentLength(bytes: Buffer, headEnd: number): number {
  for (let at = bytes.indexOf(LENGTH); at > 0 && at < headEnd; at = bytes.indexOf(LENGTH, at + 1)) {
    // `content-length: 123`; the other one is content-type.
    let digit = at + LENGTH.length;
    const letter = bytes[digit];
    if (letter !== 0x6c && letter !== 0x4c) continue;
    while (bytes[digit] !== 0x3a) digit++;
    digit++;
    while (bytes[digit] === 0x20) digit++;
    let length = 0;
    for (; (bytes[digit] as number) >= ZERO && (bytes[digit] as number) < ZERO + 10; digit++) {
      length = length * 10 + (bytes[digit] as number) - ZERO;
    }
    return length;
  }
  return 0;
}
