// What a setting may be: how its text is read, and how the docs say what it accepts. Pure.

import { isIP } from 'node:net';
import { bareHost, isLoopback } from './address.ts';
import { coresHere, workersFor } from './cores.ts';
import { readInteger } from './ids.ts';

export interface Kind<T> {
  readonly meaning: string;
  readonly parse: (text: string) => T;
}

export function integer(min: number, max: number): Kind<number> {
  return {
    meaning: `integer from ${min} to ${max}`,
    parse(text) {
      const value = readInteger(text);
      if (!(value >= min && value <= max)) throw new Error(`must be an integer from ${min} to ${max}`);
      return value;
    },
  };
}

export function oneOf<const T extends string>(...values: T[]): Kind<T> {
  const meaning = values.join(', ');
  return {
    meaning,
    parse(text) {
      if (!(values as string[]).includes(text)) throw new Error(`must be one of: ${meaning}`);
      return text as T;
    },
  };
}

export function pattern(regex: RegExp, meaning: string): Kind<string> {
  return {
    meaning,
    parse(text) {
      if (!regex.test(text)) throw new Error(`must be ${meaning}`);
      return text;
    },
  };
}

const WORKERS_MAX = 64;
export const workers: Kind<number> = {
  meaning: `integer from 1 to ${WORKERS_MAX}, or auto: by the cores and the CPU limit of this container`,
  parse: (text) =>
    text === 'auto' ? Math.min(workersFor(coresHere().count), WORKERS_MAX) : integer(1, WORKERS_MAX).parse(text),
};

export const path = pattern(/^[^\0]+$/, 'a path');
export const text = pattern(/^[\x21-\x7e]{1,512}$/, '1 to 512 visible ASCII characters');

export function listOf<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    meaning: `${kind.meaning}; several, separated by commas`,
    parse: (text) => text.split(',').map((part) => kind.parse(part.trim())),
  };
}

export const addressBlock: Kind<string> = {
  meaning: 'an address or CIDR block',
  parse(text) {
    const [address = '', bits, ...rest] = text.split('/');
    const version = isIP(address);
    const sound = version > 0 && rest.length === 0;
    if (!sound || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))) {
      throw new Error('must be addresses or CIDR blocks, separated by commas');
    }
    return text;
  },
};

/** A place, and nothing else. */
export const webUrl: Kind<string> = {
  meaning: 'http://… or https://…, without user, query and fragment',
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : null;
    const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
    if (!url || !isWeb || `${url.username}${url.password}${url.search}${url.hash}` !== '') {
      throw new Error('must be http://… or https://…, without user, query and fragment');
    }
    return text;
  },
};

/** Who can change what it answers can be any user, so it comes over TLS, or from this machine. */
export const keysUrl: Kind<string> = {
  meaning: 'https://…, or http://… on loopback, without user and fragment',
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : null;
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(bareHost(url.hostname)));
    if (url && isSafe && `${url.username}${url.password}${url.hash}` === '') return text;
    throw new Error('must be https://…, or http://… on loopback, without user and fragment');
  },
};

/** As a browser sends it in `Origin`, to be compared byte by byte; or * for any. Pages of apps have own schemes. */
export const webOrigin: Kind<string> = {
  meaning: 'an origin such as https://shop.example, or *',
  parse(text) {
    const isWeb = /^https?:/i.test(text);
    const isOrigin = isWeb
      ? URL.canParse(text) && new URL(text).origin === text && !text.includes('*')
      : /^(?!file:)[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(:\d{1,5})?$/.test(text);
    if (isOrigin || text === '*') return text;
    throw new Error(
      'must be *, or origins separated by commas, as browsers send them: https://shop.example, with no / behind it',
    );
  },
};

/** It may have a query. A user or password would be shown wherever a URL is. */
export const webhookUrl: Kind<string> = {
  meaning: 'http://… or https://…, without user and fragment',
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : null;
    const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
    if (!url || !isWeb || `${url.username}${url.password}${url.hash}` !== '') {
      throw new Error('must be http://… or https://…, without user and fragment');
    }
    return url.href;
  },
};

/** What is asked for is below it. A user and password are sent as the server of Prometheus wants them. */
export const prometheusUrl: Kind<string> = {
  meaning: 'http://… or https://…, with or without user and password, without query and fragment',
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : null;
    const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
    if (!url || !isWeb || `${url.search}${url.hash}` !== '' || !isDecodable(`${url.username}${url.password}`)) {
      throw new Error('must be http://… or https://…, without query and fragment');
    }
    return url.href;
  },
};

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** A name of the IANA database, in its own spelling. An offset is none: it would not follow the summer time. */
export const timeZone: Kind<string> = {
  meaning: 'an IANA time zone such as Asia/Seoul',
  parse(text) {
    try {
      if (/^[A-Za-z]/.test(text)) return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
    } catch {
      // Reported below.
    }
    throw new Error('must be an IANA time zone such as Asia/Seoul');
  },
};

export const currency: Kind<string> = {
  meaning: 'an ISO 4217 code such as KRW',
  parse(text) {
    if (/^[A-Z]{3}$/.test(text) && Intl.supportedValuesOf('currency').includes(text)) return text;
    throw new Error('must be an ISO 4217 code such as KRW');
  },
};
