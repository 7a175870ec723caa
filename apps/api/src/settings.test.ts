import { describe, expect, it } from 'vitest';
import { settingWarnings } from './setting-warnings.ts';
import { readSettings, SettingsError } from './settings.ts';

describe('settings', () => {
  it('have defaults for development', () => {
    expect(readSettings({})).toMatchObject({ PORT: 3000, HOST: '127.0.0.1', STELE_DATA_DIR: '.stele' });
  });

  it('count a variable that is set to nothing as not set', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 3000 });
  });

  it('end a public URL without a slash', () => {
    expect(readSettings({ STELE_PUBLIC_URL: 'https://users.example.com/stele/' }).STELE_PUBLIC_URL).toBe(
      'https://users.example.com/stele',
    );
  });

  it('are refused together, by name and without their values', () => {
    const secret = 'short-secret';
    const read = () => readSettings({ NODE_ENV: 'production', PORT: '70000', STELE_BOOTSTRAP_KEY: secret });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(/PORT.*STELE_BOOTSTRAP_KEY.*/s);
    expect(read).not.toThrow(secret);
  });

  it('ask for a database in production', () => {
    expect(() => readSettings({ NODE_ENV: 'production' })).toThrow(/DATABASE_URL/);
    expect(() => readSettings({ NODE_ENV: 'production', DATABASE_URL: 'postgres://db/stele' })).not.toThrow();
  });

  it('hash passwords with less memory outside production alone', () => {
    const STELE_PASSWORD_MEMORY = '19455';
    expect(readSettings({ STELE_PASSWORD_MEMORY })).toMatchObject({ STELE_PASSWORD_MEMORY: 19_455 });
    const production = { NODE_ENV: 'production', DATABASE_URL: 'postgres://db/stele' };
    expect(readSettings(production)).toMatchObject({ STELE_PASSWORD_MEMORY: 19_456 });
    expect(() => readSettings({ ...production, STELE_PASSWORD_MEMORY })).toThrow(
      'This setting is wrong: STELE_PASSWORD_MEMORY must be at least 19456 in production',
    );
  });

  it.each(['mysql://db/stele', 'db', 'postgres'])('refuse %s as a database', (url) => {
    expect(() => readSettings({ DATABASE_URL: url })).toThrow(/DATABASE_URL/);
  });

  it.each([
    ['10.0.0.0/8, ::1,loopback', ['10.0.0.0/8', '::1', 'loopback']],
    ['192.168.1.7', ['192.168.1.7']],
  ])('read %s as proxies', (text, proxies) => {
    expect(readSettings({ STELE_TRUST_PROXY: text }).STELE_TRUST_PROXY).toEqual(proxies);
  });

  it.each(['true', '1', '*', '10.0.0.0/33', '999.1.1.1', 'proxy.example.com', ',', '10.0.0.1 10.0.0.2'])(
    'reject the proxies %j in one line',
    (text) => {
      const read = () => readSettings({ STELE_TRUST_PROXY: text });
      expect(read).toThrow(/^This setting is wrong: STELE_TRUST_PROXY must be addresses, .*$/);
    },
  );

  it.each([
    ['*', ['*']],
    ['https://a.example.com', ['https://a.example.com']],
    ['https://A.example.com:443/, http://localhost:5173,', ['https://a.example.com', 'http://localhost:5173']],
  ])('read %s as origins', (text, origins) => {
    expect(readSettings({ STELE_CORS_ORIGINS: text }).STELE_CORS_ORIGINS).toEqual(origins);
  });

  it.each([
    'a.example.com',
    'https://a.example.com/app',
    '*.example.com',
    'https://u:p@a.example.com',
    'null',
    '*,https://a.example.com',
    'ftp://a',
  ])('reject the origins %j in one line', (text) => {
    const read = () => readSettings({ STELE_CORS_ORIGINS: text });
    expect(read).toThrow(/^This setting is wrong: STELE_CORS_ORIGINS must be \* or origins .*$/);
  });
});

describe('warnings', () => {
  const warningsOf = (environment: Record<string, string>) =>
    settingWarnings(environment, readSettings({ DATABASE_URL: 'postgres://db/stele', ...environment }));

  it.each([
    ['STELE_TRUST_PROXIES', 'STELE_TRUST_PROXY'],
    ['STELE_PUBLIC_URI', 'STELE_PUBLIC_URL'],
    ['stele_pool_size', 'STELE_POOL_SIZE'],
    ['STELE_CORS_ORIGIN', 'STELE_CORS_ORIGINS'],
    ['STELE_DATABASE_URL', 'DATABASE_URL'],
    ['STELE_PORT', 'PORT'],
    ['STELE_SOMETHING_ELSE', undefined],
  ])('name %s, and suggest %s', (name, meant) => {
    const secret = 'a-value-that-may-be-a-secret';
    expect(warningsOf({ [name]: secret })).toEqual([
      `The setting ${name} is unknown and ignored.${meant ? ` Did you mean ${meant}?` : ''}`,
    ]);
  });

  it('leave out what is known, what clients read and what Kubernetes sets', () => {
    expect(
      warningsOf({
        STELE_POOL_SIZE: '5',
        STELE_URL: 'http://localhost:3000',
        STELE_TOKEN: 'key',
        STELE_PROFILE: 'test',
        STELE_SERVICE_HOST: '10.0.0.1',
        STELE_SERVICE_PORT_HTTP: '80',
        STELE_PORT: 'tcp://10.0.0.1:80',
        STELE_PORT_80_TCP_ADDR: '10.0.0.1',
        PATH: '/bin',
      }),
    ).toEqual([]);
  });

  it('ask in production for what links begin with', () => {
    expect(warningsOf({ NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/STELE_PUBLIC_URL.*STELE_TRUST_PROXY/),
    ]);
    expect(warningsOf({ NODE_ENV: 'production', STELE_PUBLIC_URL: 'https://stele.example' })).toEqual([]);
    expect(warningsOf({ NODE_ENV: 'production', STELE_TRUST_PROXY: '10.0.0.1' })).toEqual([]);
  });
});
