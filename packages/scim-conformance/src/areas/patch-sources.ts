/** Where each operation of a PATCH is described. */
export const ADD = 'RFC 7644 3.5.2.1';
export const REMOVE = 'RFC 7644 3.5.2.2';
export const REPLACE = 'RFC 7644 3.5.2.3';
