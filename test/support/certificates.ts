// A certificate authority and a server's certificate for 127.0.0.1, made by openssl for one test.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testFolder } from './folder.ts';

export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The same key and authority, for another name than this machine's. */
  readonly otherNameCertFile: string;
  /** Of another authority, which signed nothing here. */
  readonly otherCaFile: string;
}

export function makeCertificates(): Certificates {
  const folder = testFolder('tls');
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  for (const name of ['ca', 'other-ca']) {
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=couponrush test ${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`],
    );
  }
  writeFileSync(file('server.conf'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  writeFileSync(file('other-name.conf'), 'subjectAltName=DNS:other.example\n');
  openssl(
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=couponrush test server'],
    ...['-keyout', 'server.key', '-out', 'server.csr'],
  );
  for (const name of ['server', 'other-name']) {
    openssl(
      ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'],
      ...['-extfile', `${name}.conf`, '-out', `${name}.pem`],
    );
  }
  return {
    caFile: file('ca.pem'),
    certFile: file('server.pem'),
    keyFile: file('server.key'),
    otherNameCertFile: file('other-name.pem'),
    otherCaFile: file('other-ca.pem'),
  };
}
