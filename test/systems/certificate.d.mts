// Types of certificate.mjs.

export interface CertificateFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

export function makeCertificates(folder: string, subject: string, names: readonly string[]): CertificateFiles;
