export * from './dialect.ts';
export * from './operation.ts';
export * from './parse.ts';
export * from './preview.ts';
