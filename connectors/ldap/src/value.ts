// Values between the contract and the directory: text, numbers, TRUE and FALSE, GeneralizedTime, several values as lines.
// Owns which text stands for which value; which attribute has which type is said by the layout.
import { type AttributeDescription, ConnectorError, type ScalarValue } from '@joinery/connector-kit';

/** How the values of one attribute are written. */
export interface ValueForm {
  readonly name: string;
  readonly type: AttributeDescription['type'];
  readonly isMultivalued: boolean;
  readonly encoding: 'text' | 'base64';
}

/** The values to write; none for null. Throws INVALID_VALUE when the type cannot hold it. */
export function toValues(form: ValueForm, value: ScalarValue): readonly Buffer[] {
  if (value === null) return [];
  if (form.encoding === 'base64') return [Buffer.from(String(value), 'base64')];
  switch (form.type) {
    case 'string':
      return (form.isMultivalued ? lines(String(value)) : [String(value)]).map((text) => Buffer.from(text));
    case 'number':
      return [Buffer.from(integerText(form, value))];
    case 'boolean':
      return [Buffer.from(value === true ? 'TRUE' : 'FALSE')];
    case 'date':
      return [Buffer.from(generalizedTime(String(value)))];
    default:
      return form.type satisfies never;
  }
}

/** The value of an attribute as the directory has it; null when it has none. */
export function toScalar(form: ValueForm, values: readonly Buffer[]): ScalarValue {
  const [first] = values;
  if (first === undefined) return null;
  if (form.encoding === 'base64') return first.toString('base64');
  const text = first.toString('utf8');
  switch (form.type) {
    case 'string':
      // An attribute of one value that has several after all shows them all, so that the difference is seen.
      return values.length === 1 ? text : [...new Set(values.map(String))].sort().join('\n');
    case 'number':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text.toUpperCase() === 'TRUE';
    case 'date':
      return isoTime(text);
    default:
      return form.type satisfies never;
  }
}

/** Whether writing the value would change nothing. */
export function isSameValue(form: ValueForm, value: ScalarValue, values: readonly Buffer[]): boolean {
  return toScalar(form, toValues(form, value)) === toScalar(form, values);
}

function lines(text: string): readonly string[] {
  return [...new Set(text.split('\n').filter((line) => line !== ''))];
}

function integerText({ name }: ValueForm, value: ScalarValue): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: `The attribute "${name}" takes whole numbers, not ${value}.`,
      hint: 'Round it in the mapping, or describe the attribute as a string.',
    });
  return String(value);
}

/** `2024-02-29T21:30:00.500Z` → `20240229213000.5Z` */
function generalizedTime(iso: string): string {
  const [day = '', rest = ''] = new Date(iso).toISOString().split('T');
  const [time = '', fraction = ''] = rest.replace('Z', '').split('.');
  const shown = fraction.replace(/0+$/, '');
  return `${day.replaceAll('-', '')}${time.replaceAll(':', '')}${shown === '' ? '' : `.${shown}`}Z`;
}

const timePattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,](\d+))?(Z|[+-]\d\d(?:\d\d)?)$/;

/** ISO 8601 in UTC; a text that is no GeneralizedTime stays as it is. */
function isoTime(text: string): string {
  const match = timePattern.exec(text);
  if (match === null) return text;
  const [, year, month, day, hour, minute = '00', second = '00', fraction = '0', zone = 'Z'] = match;
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3)}${offset}`);
  return Number.isNaN(time.getTime()) ? text : time.toISOString().replace('.000Z', 'Z');
}
