import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { DirectoryError, includesScope } from '@stele/schemas/canonical';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operationOf } from '../http/handle.decorator.ts';
import { isPublic } from '../http/public.decorator.ts';
import { RateLimits, type Verdict } from '../limits/rate-limits.ts';
import { AccessTokens } from './access-tokens.ts';
import { ApiKeys } from './api-keys.ts';
import { ANONYMOUS, type Credential } from './credential.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard before a handler runs. */
    credential?: Credential;
  }
}

/** RFC 6750 2.1: `b64token`. */
const BEARER = /^Bearer +([\w~+/.-]+=*) *$/i;

/**
 * Lets a request through whose credential is good, has requests left, and has the operation's scope. An open operation
 * needs none; a credential that is sent has to be good all the same, because clients test theirs there. A route without
 * an operation is closed.
 */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(
    @Inject(ApiKeys) private readonly apiKeys: ApiKeys,
    @Inject(AccessTokens) private readonly accessTokens: AccessTokens,
    @Inject(RateLimits) private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    if (isPublic(handler)) return true;
    const operation = operationOf(handler);
    if (!operation) throw new DirectoryError('forbidden', 'This route has no scope');
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (operation.open && request.headers.authorization === undefined) {
      request.credential = ANONYMOUS;
      return true;
    }
    const bearer = bearerOf(request);
    const credential =
      this.apiKeys.remembered(bearer) ??
      this.accessTokens.remembered(bearer) ??
      (await this.authenticate(bearer, request, reply));
    heed(await this.limits.take(credential), reply);
    if (!operation.open && !includesScope(credential.scopes, operation.scope)) {
      throw new DirectoryError('forbidden', `This needs the scope ${operation.scope}`, { scope: operation.scope });
    }
    request.credential = credential;
    return true;
  }

  private async authenticate(bearer: string, request: FastifyRequest, reply: FastifyReply): Promise<Credential> {
    try {
      if (this.accessTokens.isToken(bearer)) return await this.accessTokens.verify(bearer);
      // What opened something before is looked at also when its address has failed too often: others may share it.
      if (!this.apiKeys.isFamiliar(bearer)) heed(await this.limits.checkAddress(request.ip), reply);
      const credential = await this.apiKeys.find(bearer);
      if (credential) return credential;
      throw new DirectoryError('unauthorized', 'This API key is not valid', { invalidToken: true });
    } catch (error) {
      if (error instanceof DirectoryError && error.code === 'unauthorized') {
        heed(await this.limits.takeFailure(request.ip), reply);
      }
      throw error;
    }
  }
}

function bearerOf({ headers }: FastifyRequest): string {
  if (headers.authorization === undefined) {
    throw new DirectoryError('unauthorized', 'The header Authorization: Bearer <API key or access token> is missing');
  }
  const bearer = BEARER.exec(headers.authorization)?.[1];
  if (bearer !== undefined) return bearer;
  throw new DirectoryError('unauthorized', 'The header Authorization must be Bearer and an API key or access token', {
    invalidToken: true,
  });
}

/** Sends what the limits say, and refuses what they refuse. */
function heed({ headers, refusal }: Verdict, reply: FastifyReply): void {
  reply.headers(headers);
  if (refusal) throw refusal;
}
