import { dialects } from '@stele/schemas/dialects';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import { openApiOf } from '../../../../packages/schemas/src/contract/openapi.ts';
import type { Answer } from './app.ts';

interface ResponseObject {
  headers?: Record<string, { required?: boolean }>;
  content?: Record<string, { schema: object }>;
}
interface Document {
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, ResponseObject> }>>;
  components: { schemas: Record<string, object> };
}

interface DocumentedOperation {
  readonly dialect: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly responses: Record<string, ResponseObject>;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
// What an internationalized address may be, the mailbox rule of the schemas checks.
ajv.addFormat('idn-email', true);

const documented: DocumentedOperation[] = dialects.flatMap((dialect) => {
  const document = openApiOf(dialect, '0.0.0') as unknown as Document;
  ajv.addSchema({ $id: dialect.name, components: document.components });
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      dialect.mounts.map((mount) => ({
        dialect: dialect.name,
        method: method.toUpperCase(),
        pattern: new RegExp(`^${mount}${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`.replace('//?', '/?')),
        responses,
      })),
    ),
  );
});

const validators = new Map<object, ValidateFunction>();

function validatorOf(dialect: string, schema: object): ValidateFunction {
  let validator = validators.get(schema);
  if (!validator) {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', `"${dialect}#/components/`));
    validators.set(schema, (validator = ajv.compile(absolute)));
  }
  return validator;
}

/** Fails where an answer is not one that the OpenAPI document of its dialect foresees: status, headers, body. */
export function checkAnswer(method: string, path: string, answer: Answer): void {
  const plain = path.replace(/\?.*$/s, '').replaceAll(/\/{2,}/g, '/');
  const operation = documented.find((each) => each.method === method && each.pattern.test(plain));
  if (!operation) return;
  const response = operation.responses[answer.status];
  expect(response, `${method} ${path} answers ${answer.status}, which is not documented: ${answer.text}`).toBeDefined();
  for (const [name, header] of Object.entries(response!.headers ?? {})) {
    if (header.required) expect(answer.headers.has(name), `${method} ${path} lacks the header ${name}`).toBe(true);
  }
  const content = Object.entries(response!.content ?? {});
  if (content.length === 0) {
    expect(answer.text, `${method} ${path} has a body that is not documented`).toBe('');
    return;
  }
  const type = answer.headers.get('content-type');
  const found = content.find(([mediaType]) => type?.startsWith(mediaType));
  expect(found, `${method} ${path} has the type ${type}, which is not documented`).toBeDefined();
  const [, { schema }] = found!;
  const validate = validatorOf(operation.dialect, schema);
  validate(answer.body);
  expect(validate.errors ?? [], `${method} ${path} ${answer.text}`).toEqual([]);
}
