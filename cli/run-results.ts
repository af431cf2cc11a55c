/**
 * What `run --out DIR` adds to a run: the results folder, filled while the run goes on and named when it
 * is over. Between slices it takes the samples of the series; every few seconds of wall-clock time the
 * folder is brought up to date, so that a run that is killed leaves what there was.
 */
import type { ResolvedConfig } from '../sim/config/resolve.js';
import type { MachineHandle } from '../sim/machine-api.js';
import { configText, statedOrigins } from '../sim/results/config-text.js';
import { codeHash, commitOf, imageHashes, type Provenance } from '../sim/results/provenance.js';
import { RunFolder } from '../sim/results/run-folder.js';
import { FILES } from '../sim/results/run-record.js';
import { encodeSeries, SeriesRecorder } from '../sim/results/series.js';
import type { CliHost } from './cli-host.js';
import { packageRoot, packageVersion } from './package-info.js';
import { jsonReport, type RunReport } from './run-report.js';
import type { RunObserver } from './run-session.js';

const KEEP_EVERY_MS = 5000;

export interface ResultsOptions {
  readonly out: string;
  readonly replace: boolean;
  readonly command: readonly string[];
  readonly restore?: string;
}

interface Typed {
  readonly cycle: number;
  /** Base64. */
  readonly bytes: string;
}

/** The folder is claimed and the images are hashed before the machine is built, since it may write to them. */
export class RunResults {
  readonly folder: RunFolder;
  private readonly provenance: Provenance;

  constructor(
    private readonly resolved: ResolvedConfig,
    private readonly host: CliHost,
    options: ResultsOptions,
  ) {
    this.provenance = provenanceOf(resolved, options);
    this.folder = new RunFolder(options.out, options.replace);
    this.folder.write(FILES.config, configText(resolved));
  }

  /** The machine could not be built. */
  discard(): void {
    this.folder.discard();
  }

  follow(machine: MachineHandle, interactive: boolean): FollowedRun {
    return new FollowedRun(machine, this.folder, this.host, (report, typed) => ({
      ...jsonReport(report),
      console: undefined,
      origins: statedOrigins(this.resolved),
      provenance: this.provenance,
      typed,
      interactive,
    }));
  }
}

/** One run that is being written down. */
export class FollowedRun implements RunObserver {
  private readonly recorder: SeriesRecorder;
  private readonly entries: Typed[] = [];
  private keptAt: number;
  /** A disk that is full costs the folder, not the run. */
  private problem: unknown;

  constructor(
    private readonly machine: MachineHandle,
    private readonly folder: RunFolder,
    private readonly host: CliHost,
    private readonly record: (report: RunReport, typed: readonly Typed[]) => object,
  ) {
    this.recorder = new SeriesRecorder(machine);
    this.keptAt = host.wallClock();
    machine.console.onByte((byte) => this.trying(() => folder.print(byte)));
  }

  limit(): { instructions: number } {
    return { instructions: this.recorder.next };
  }

  look(): undefined {
    this.recorder.look();
    const now = this.host.wallClock();
    if (now - this.keptAt < KEEP_EVERY_MS) return;
    this.keptAt = now;
    this.trying(() => {
      this.folder.flush();
      this.folder.write(FILES.series, encodeSeries(this.recorder.series()));
    });
  }

  typed(bytes: Uint8Array): void {
    this.entries.push({
      cycle: this.machine.cycles,
      bytes: Buffer.from(bytes).toString('base64'),
    });
  }

  /** Throws when the folder could not be written, now or before. */
  finish(report: RunReport): void {
    if (this.problem !== undefined) throw this.problem;
    const record = this.record(report, this.entries);
    this.folder.write(FILES.series, encodeSeries(this.recorder.series()));
    this.folder.write(FILES.run, `${JSON.stringify(record, null, 2)}\n`);
    this.folder.finish();
  }

  private trying(write: () => void): void {
    if (this.problem !== undefined) return;
    try {
      write();
    } catch (error) {
      this.problem = error;
    }
  }
}

function provenanceOf({ config }: ResolvedConfig, options: ResultsOptions): Provenance {
  return {
    version: packageVersion(),
    commit: commitOf(packageRoot()),
    code: codeHash(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    command: options.command,
    folder: process.cwd(),
    images: imageHashes(config, options.restore),
    seed: null,
    startedAt: new Date().toISOString(),
  };
}
