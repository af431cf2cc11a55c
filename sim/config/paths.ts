/**
 * File names in the configuration: resolved against the place that states them (the folder of
 * the YAML file, or the current folder for flags and the environment) and shown to people
 * relative to the current folder where that is shorter.
 */
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Origin } from './layer.js';

export function resolvePath(path: string, origin: Origin): string {
  return resolve(origin.kind === 'file' ? dirname(origin.file) : '.', path);
}

export function displayPath(path: string): string {
  const near = relative('.', path);
  return isAbsolute(path) && (near.startsWith('..') || near === '') ? path : near || path;
}

export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `${displayPath(origin.file)}:${origin.line}:${origin.column}`;
    case 'environment':
      return `environment ${origin.variable}`;
    case 'flag':
      return origin.flag;
    default:
      return origin satisfies never;
  }
}
