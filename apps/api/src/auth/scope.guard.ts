import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import { scopes, type Scope } from '@stele/schemas/contract';
import type { FastifyRequest } from 'fastify';
import { operationOf } from '../http/handle.decorator.ts';
import { isPublic } from '../http/public.decorator.ts';
import { hashApiKey } from './api-key.ts';
import { type Credential, CredentialStore } from './credential.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard before a handler runs. */
    credential?: Credential;
  }
}

/** RFC 6750 2.1: `b64token`. */
const BEARER = /^Bearer +([\w~+/.-]+=*) *$/i;

/** Lets a request through whose credential has the operation's scope; a route without an operation is closed. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(@Inject(CredentialStore) private readonly credentials: CredentialStore) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    if (isPublic(handler)) return true;
    const operation = operationOf(handler);
    if (!operation) throw new DirectoryError('forbidden', 'This route has no scope');
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const credential = await this.authenticate(request.headers.authorization);
    if (!includes(credential.scopes, operation.scope)) {
      throw new DirectoryError('forbidden', `This needs the scope ${operation.scope}`, { scope: operation.scope });
    }
    request.credential = credential;
    return true;
  }

  private async authenticate(authorization: string | undefined): Promise<Credential> {
    if (authorization === undefined) {
      throw new DirectoryError('unauthorized', 'The header Authorization: Bearer <API key> is missing');
    }
    const key = BEARER.exec(authorization)?.[1];
    const credential = key === undefined ? undefined : await this.credentials.findByKeyHash(hashApiKey(key));
    if (!credential) throw new DirectoryError('unauthorized', 'This API key is not valid');
    return credential;
  }
}

/** Whether one of the granted scopes is, or includes, the needed one. */
export function includes(granted: readonly Scope[], needed: Scope): boolean {
  return granted.some((scope) => scopes.indexOf(scope) >= scopes.indexOf(needed));
}
