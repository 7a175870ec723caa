export * from './dialect.ts';
export * from './ignored-names.ts';
export * from './operation.ts';
export * from './parse.ts';
export * from './preview.ts';
export * from './strict-json.ts';
export { asShown, type FieldCheck, type FieldTable, type UserFields } from './user-fields.ts';
