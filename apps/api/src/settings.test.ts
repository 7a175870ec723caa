import { describe, expect, it } from 'vitest';
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

  it.each(['mysql://db/stele', 'db', 'postgres'])('refuse %s as a database', (url) => {
    expect(() => readSettings({ DATABASE_URL: url })).toThrow(/DATABASE_URL/);
  });
});
