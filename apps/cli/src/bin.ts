#!/usr/bin/env node
import { main } from './main.ts';
import { ioOf } from './process.ts';

process.exitCode = await main(process.argv.slice(2), ioOf(process));
