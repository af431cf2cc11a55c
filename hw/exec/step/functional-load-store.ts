/**
 * The load/store unit of the functional model: accesses do what they do, and neither caches nor the host
 * TLB hear of them.
 */
import { LoadStoreUnit } from './load-store-unit.js';

export class FunctionalLoadStore extends LoadStoreUnit {
  override walk(): void {}

  protected override timeLoad(): void {}

  protected override timeStore(): void {}
}
