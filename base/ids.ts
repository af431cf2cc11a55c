/**
 * Branded number types: address spaces and ids that must not be mixed up.
 * A brand costs nothing at run time; `as` at the one place where a number enters the space.
 */
declare const brand: unique symbol;
type Branded<B extends string> = number & { readonly [brand]: B };

/** Address after segmentation, before paging (unsigned or signed 32 bits, as the user says). */
export type GuestLinear = Branded<'guestLinear'>;
/** Address after paging and the A20 gate, 0 .. 2^32-1. */
export type GuestPhys = Branded<'guestPhys'>;
/** A point in time or a span, in host cycles. */
export type Cycles = number;
