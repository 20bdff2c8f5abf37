// Authorised keys: lines of sshd's AUTHORIZED_KEYS FILE FORMAT, one object each, named <user>/<comment>.
// Files in a home belong to its owner, who may have put links there: they are read and written with the owner's rights.
import { createHash } from 'node:crypto';
import { type ApplyOutcome, type Delta, effectOf, refusal, type TargetObject } from '@joinery/connector-kit';
import { keyType } from './account-file.js';
import { programError } from './failure.js';
import { answer, type Host, isName } from './listing.js';

interface KeyLine {
  readonly id: string;
  readonly text: string;
  readonly object: TargetObject;
}

const keyForm =
  /^(?:(?<options>\S.*?) )?(?<publicKey>(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*)(?: (?<comment>.*))?$/;
const label = /^[A-Za-z0-9@._+:/-]+$/;

/** `as`: with whose rights the file is touched; `$u` and `$g` are the owner's ids. */
const rights = (host: Host): string => {
  if (host.settings.keysFile.startsWith('/')) return '$S';
  return host.settings.sudo ? 'sudo -n -u "#$u"' : 'setpriv --reuid="$u" --regid="$g" --clear-groups';
};

/** Goes over the users named in `$3` (all when empty) from the id `$2` on; `body` sees n, u, g, h and the file f. */
const eachUser = (host: Host, body: string): string => `while IFS=: read -r n x u g c h s; do
[ "$u" -ge "$2" ] 2>/dev/null || continue; [ -z "$3" ] || [ "$n" = "$3" ] || continue
f="$1${host.settings.keysFile.replaceAll('%h', '$h').replaceAll('%u', '$n')}"
${body}
done < "$1/etc/passwd"`;

async function readLines(host: Host, user: string, signal: AbortSignal): Promise<readonly KeyLine[]> {
  const script = eachUser(
    host,
    `${rights(host)} awk -v n="$n" '{ print n "\\t" $0 }' "$f" 2>/dev/null </dev/null || true`,
  );
  const words = [String(host.settings.minimumId), user];
  const text = await answer(host, script, words, 'read the authorised keys', signal);
  const lines = text.split('\n').flatMap((line) => {
    const at = line.indexOf('\t');
    return at < 0 ? [] : [{ user: line.slice(0, at), text: line.slice(at + 1) }];
  });
  const seen = new Set<string>();
  return lines.map((line) => keyLine(line.user, line.text, seen));
}

/** Lines that are no keys, or whose comment is no name or another's, keep a name of their own and are never written. */
function keyLine(user: string, text: string, seen: Set<string>): KeyLine {
  const { options, publicKey, comment } = keyForm.exec(text.trim())?.groups ?? {};
  const isNamed = comment !== undefined && label.test(comment) && !seen.has(`${user}/${comment}`);
  const id = `${user}/${isNamed ? comment : fingerprintOf(publicKey ?? text)}`;
  seen.add(id);
  const attributes = { id, user, publicKey: publicKey ?? null, options: options ?? null };
  return { id, text, object: { objectType: keyType.name, key: id, attributes, links: {} } };
}

const fingerprintOf = (publicKey: string): string =>
  `SHA256:${createHash('sha256')
    .update(Buffer.from(publicKey.split(' ')[1] ?? publicKey, 'base64'))
    .digest('base64')
    .replace(/=+$/, '')}`;

const isKey = ({ object }: KeyLine): boolean => object.attributes.publicKey !== null;

/** Keys of all managed users; lines that hold none are left out. */
export async function readKeys(host: Host, signal: AbortSignal): Promise<readonly TargetObject[]> {
  return (await readLines(host, '', signal)).filter(isKey).map(({ object }) => object);
}

export async function readKey(host: Host, id: string, signal: AbortSignal): Promise<TargetObject | null> {
  const user = id.split('/')[0] ?? '';
  if (!isName(user)) return null;
  return (await readLines(host, user, signal)).filter(isKey).find((line) => line.id === id)?.object ?? null;
}

export function keyProblem(delta: Delta): string | null {
  const [user = '', ...rest] = delta.key.split('/');
  if (!isName(user) || !label.test(rest.join('/')))
    return 'its id must be <user>/<name>, the name of letters, digits, "@", ".", "_", "+", ":", "/" or "-"';
  if (delta.kind === 'delete') return null;
  const { publicKey, options } = delta.set;
  const isSingle = publicKey === undefined || /^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*$/.test(String(publicKey));
  if (!isSingle) return 'its attribute "publicKey" must be a type and a key in base64, without options and comment';
  return /[\n\r\0]/.test(String(options ?? '')) ? 'its attribute "options" holds a line end' : null;
}

/** The digest of one user's file, then the file; of a file that is not there, the digest of nothing. */
const reading = (host: Host): string =>
  eachUser(
    host,
    `${rights(host)} sh -c 'cat "$1" 2>/dev/null | sha256sum | cut -c1-64; cat "$1" 2>/dev/null || true' sh "$f" </dev/null`,
  );

/** Writes the file beside itself and moves it into place, when nobody has changed it since it was read. */
const writing = (host: Host): string =>
  eachUser(
    host,
    `${rights(host)} sh -c '
f="$1"; umask 077; mkdir -p "$(dirname "$f")" || exit 12
[ "$(cat "$f" 2>/dev/null | sha256sum | cut -c1-64)" = "$2" ] || { echo "cannot lock $f; somebody else has changed it" >&2; exit 1; }
t="$f.$$"; cat > "$t" && { [ ! -e "$f" ] || chmod --reference="$f" "$t"; } && mv -f "$t" "$f"' sh "$f" "$4" <&3
exit $?`,
  );

interface KeyFile {
  readonly digest: string;
  readonly lines: readonly KeyLine[];
}

/** Null when there is no such user. */
async function readFile(host: Host, user: string, signal: AbortSignal): Promise<KeyFile | null> {
  const words = [String(host.settings.minimumId), user];
  const text = await answer(host, reading(host), words, `read the authorised keys of ${user}`, signal);
  if (text === '') return null;
  const [digest = '', ...lines] = text.replace(/\n$/, '').split('\n');
  const seen = new Set<string>();
  return { digest, lines: lines.map((line) => keyLine(user, line, seen)) };
}

/** Carries the delta out; `onStart` is called before the host may begin to write. */
export async function applyKey(
  host: Host,
  delta: Delta,
  signal: AbortSignal,
  onStart: () => void,
): Promise<ApplyOutcome> {
  const user = delta.key.split('/')[0] ?? '';
  const file = await readFile(host, user, signal);
  if (file === null) return withoutUser(delta, user);
  const present = file.lines.filter(isKey).find(({ id }) => id === delta.key);
  const effect = effectOf(present === undefined ? null : { attributes: valuesOf(present), links: {} }, delta);
  if (effect.outcome.kind !== 'applied') return effect.outcome;
  const kept = file.lines.filter((line) => line !== present).map(({ text }) => text);
  const after = effect.row === null ? kept : [...kept, textOf(delta.key, effect.row.attributes)];
  const finished = await host.remote.run({
    script: `exec 3<&0\n${writing(host)}`,
    words: [host.settings.root, String(host.settings.minimumId), user, file.digest],
    input: after.map((line) => `${line}\n`).join(''),
    signal,
    onStart,
  });
  if (finished.exitCode !== 0)
    throw programError(finished, `${delta.kind} the authorised key ${JSON.stringify(delta.key)}`);
  return effect.outcome;
}

const withoutUser = (delta: Delta, user: string): ApplyOutcome =>
  delta.kind === 'delete'
    ? { kind: 'alreadySo', key: delta.key }
    : refusal(delta, delta.kind === 'create' ? 'CONSTRAINT_VIOLATION' : 'NOT_FOUND', `there is no user ${user}`);

function valuesOf({ object }: KeyLine): TargetObject['attributes'] {
  const { id: _id, user: _user, ...values } = object.attributes;
  return values;
}

const textOf = (id: string, { publicKey, options }: TargetObject['attributes']): string =>
  [options, publicKey, id.slice(id.indexOf('/') + 1)].filter((part) => part !== null && part !== undefined).join(' ');
