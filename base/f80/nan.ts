/**
 * NaN operands and the order in which exceptions are found (Intel SDM vol. 1, 4.8.3.5
 * table 4-7, 8.5.1.2, 4.9.2): unsupported format, NaN, other invalid operation or
 * division by zero, denormal operand, and only then numeric results.
 */
import {
  compareSignificands,
  DE,
  EXPONENT_MASK,
  IE,
  isDenormal,
  isNaN80,
  isSignalling,
  isUnsupported,
  QUIET_BIT,
} from './format.js';
import { type F80Unit, invalid, raise, setResult } from './unit.js';

/** True if a NaN or unsupported operand settled the operation. */
export function settleNaN(u: F80Unit, se: number, hi: number, lo: number): boolean {
  if (isUnsupported(se, hi)) {
    invalid(u);
  } else if (isNaN80(se, hi, lo)) {
    if ((hi & QUIET_BIT) === 0) raise(u, IE);
    setResult(u, se, hi | QUIET_BIT, lo);
  } else {
    return false;
  }
  u.denormalOperand = 0;
  return true;
}

/** The same for two operands, with the choice between two NaNs. */
export function settleNaNs(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): boolean {
  // Only an all-ones exponent or a clear integer bit can be a NaN or unsupported.
  if (
    ahi < 0 &&
    bhi < 0 &&
    (ase & EXPONENT_MASK) !== EXPONENT_MASK &&
    (bse & EXPONENT_MASK) !== EXPONENT_MASK
  )
    return false;
  if (isUnsupported(ase, ahi) || isUnsupported(bse, bhi)) {
    invalid(u);
  } else {
    const aNaN = isNaN80(ase, ahi, alo);
    const bNaN = isNaN80(bse, bhi, blo);
    if (!aNaN && !bNaN) return false;
    if (isSignalling(ase, ahi, alo) || isSignalling(bse, bhi, blo)) raise(u, IE);
    if (aNaN && (!bNaN || prefersFirst(ase, ahi, alo, bse, bhi, blo)))
      setResult(u, ase, ahi | QUIET_BIT, alo);
    else setResult(u, bse, bhi | QUIET_BIT, blo);
  }
  u.denormalOperand = 0;
  return true;
}

/** Of two NaNs: a quiet one before a signalling one, else the larger significand, else the positive one. */
function prefersFirst(
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): boolean {
  const aQuiet = (ahi & QUIET_BIT) !== 0;
  if (aQuiet !== ((bhi & QUIET_BIT) !== 0)) return aQuiet;
  const order = compareSignificands(ahi, alo, bhi, blo);
  return order !== 0 ? order > 0 : ase <= bse;
}

/** Raises DE for a denormal operand (or memory operand); true when that is unmasked and the operation must stop. */
export function denormalStops(u: F80Unit, se: number, hi: number, lo: number): boolean {
  return (u.denormalOperand !== 0 || isDenormal(se, hi, lo)) && raiseDenormal(u);
}

export function denormalsStop(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): boolean {
  return (
    (u.denormalOperand !== 0 || isDenormal(ase, ahi, alo) || isDenormal(bse, bhi, blo)) &&
    raiseDenormal(u)
  );
}

function raiseDenormal(u: F80Unit): boolean {
  u.denormalOperand = 0;
  return raise(u, DE);
}
