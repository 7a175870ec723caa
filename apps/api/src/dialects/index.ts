import { NermController } from './nerm.controller.ts';
import { ScimController } from './scim.controller.ts';
import { V1Controller } from './v1.controller.ts';

/** One controller for every dialect. */
export const controllers = [V1Controller, ScimController, NermController];
