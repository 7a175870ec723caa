import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { dialect, encoder, operation } from '@stele/schemas/contract';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Handle, type Handled, operationOf, Speaks } from './handle.decorator.ts';

const readColor = operation({
  id: 'readColor',
  method: 'GET',
  path: '/color',
  scope: 'read',
  summary: 'Read the color',
  description: 'The color.',
  status: 200,
  response: encoder(z.string(), (color: string) => color),
  errors: [],
});

const colors = dialect({
  name: 'colors',
  title: 'Colors',
  description: 'One color.',
  mounts: ['/colors'],
  mediaTypes: ['application/json'],
  operations: { readColor },
  tags: [],
  error: z.unknown(),
  fail: () => ({}),
});

it('routes to a handler beside the method, which can still be called as what it is', () => {
  @Speaks(colors)
  class ColorController {
    @Handle(readColor)
    readColor(_input: Handled<typeof readColor>) {
      return 'green';
    }
  }
  const controller = new ColorController();
  expect(controller.readColor({} as Handled<typeof readColor>)).toBe('green');
  const methods = Object.getOwnPropertyNames(ColorController.prototype).map((name) => Reflect.get(controller, name));
  const routed = methods.filter((method) => Reflect.hasMetadata(METHOD_METADATA, method));
  expect(routed.map((method) => operationOf(method))).toEqual([readColor]);
  expect(routed).not.toContain(Reflect.get(controller, 'readColor'));
});
