// A certificate authority and a server certificate of one test system, made with openssl. Owns nothing else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './program.mjs';

/** Files `ca.crt`, `server.crt` and `server.key` in the folder, for the names; e.g. ['DNS:localhost', 'IP:127.0.0.1']. */
export function makeCertificates(folder, subject, names) {
  const at = (name) => join(folder, name);
  const authority = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=Joinery test authority'];
  runProgram([
    'openssl',
    'req',
    ...authority,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    '-addext',
    'basicConstraints=critical,CA:TRUE',
  ]);
  runProgram([
    'openssl',
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at('server.key'),
    '-out',
    at('server.csr'),
    '-subj',
    `/CN=${subject}`,
  ]);
  writeFileSync(at('names'), `subjectAltName=${names.join(',')}\n`);
  const signing = [
    '-CA',
    at('ca.crt'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '30',
    '-extfile',
    at('names'),
  ];
  runProgram(['openssl', 'x509', '-req', '-in', at('server.csr'), ...signing, '-out', at('server.crt')]);
  return { authority: at('ca.crt'), certificate: at('server.crt'), key: at('server.key') };
}
