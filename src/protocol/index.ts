// The contract between relay and machine. Prose and one example each: README.md beside this file.
export * from './archive.ts';
export * from './attempts.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './limits.ts';
export * from './steps.ts';
export * from './tokens.ts';
export * from './version.ts';
