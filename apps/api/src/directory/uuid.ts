import { validate } from 'uuid';

/** Whether a text is an identifier as it is written here: in another spelling it names nothing, as in a path. */
export const isUuid = (text: string): boolean => validate(text) && text === text.toLowerCase();
