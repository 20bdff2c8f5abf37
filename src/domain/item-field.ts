// Where in the input of a request a refusal belongs.

export const itemField = (index: number, field: string): readonly string[] => ['input', 'items', String(index), field];
