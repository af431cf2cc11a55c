/**
 * Mathematical constants as wide numbers (truncated binary expansions; a test computes them anew).
 */
import { Wide } from './wide.js';

/** Digits of pi/2, 24 bits each: one before the point and twelve after it, for argument reduction. */
export const HALF_PI_DIGITS: readonly number[] = [
  0x000001, 0x921fb5, 0x4442d1, 0x846989, 0x8cc517, 0x01b839, 0xa25204, 0x9c1114, 0xcf98e8,
  0x04177d, 0x4c7627, 0x3644a2, 0x9410f3,
];

/** Digits of 2/pi after the point. */
export const TWO_OVER_PI_DIGITS: readonly number[] = [
  0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62,
];

export const WIDE_LN_2 = Wide.fromHex(0, 'b17217f7d1cf79abc9e3b39803f2f6af40f3');
export const WIDE_LOG2_E = Wide.fromHex(1, '00000171547652b82fe1777d0ffda0d23a7d');
export const WIDE_PI = Wide.fromHex(1, '000003243f6a8885a308d313198a2e037073');
export const WIDE_HALF_PI = Wide.fromHex(1, '000001921fb54442d18469898cc51701b839');
export const WIDE_QUARTER_PI = Wide.fromHex(0, 'c90fdaa22168c234c4c6628b80dc1cd12902');
export const WIDE_THREE_QUARTERS_PI = Wide.fromHex(1, '0000025b2f8fe6643a469e4e5327a2829456');

/** arctan(i / 16) for i = 1..16. */
export const ARCTANGENTS: readonly Wide[] = [
  '0ffaaddb967ef4e36cb2792dc0e2e0d51319',
  '1fd5ba9aac2f6dc65912f313e7d111def167',
  '2f72f6979cb6044d1ec2d3e207271d21e4eb',
  '3eb6ebf25901bac55b71e7bd7de885f96a9f',
  '4d89dcdc1faf2f34e2d5da4c693d79940452',
  '5bd86507937bc239c55190916e7f22419ec2',
  '6993bb0f308ff2db213e4af4800f389b3700',
  '76b19c1586ed3da2b7f222f65e1d4681b70a',
  '832bf4a6d9867e2a4b6a09cb61a515c0f115',
  '8f005d5ef7f59f9b5c835e1665c43747918a',
  '9a2f80e671bdda204226f8e2204ff3bcdae4',
  'a4bc7d1934f7092419a87f2a457dac9ee3f0',
  'aeac4c38b4d8c08014725e2f3e52070a0374',
  'b8053e2bc2319e73cb2da55210a4443d3d7a',
  'c0ce85b8ac52664089dd62c46e92fa24d58e',
  'c90fdaa22168c234c4c6628b80dc1cd12902',
].map((hex) => Wide.fromHex(0, hex));
