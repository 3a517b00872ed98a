/** The element types the product knows by name, whatever a file format calls them. */
export type DType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

export interface DTypeInfo {
  readonly bytes: number;
  readonly isFloat: boolean;
}

export const dtypes: Readonly<Record<DType, DTypeInfo>> = {
  float64: { bytes: 8, isFloat: true },
  float32: { bytes: 4, isFloat: true },
  float16: { bytes: 2, isFloat: true },
  bfloat16: { bytes: 2, isFloat: true },
  int64: { bytes: 8, isFloat: false },
  int32: { bytes: 4, isFloat: false },
  int16: { bytes: 2, isFloat: false },
  int8: { bytes: 1, isFloat: false },
  uint64: { bytes: 8, isFloat: false },
  uint32: { bytes: 4, isFloat: false },
  uint16: { bytes: 2, isFloat: false },
  uint8: { bytes: 1, isFloat: false },
  bool: { bytes: 1, isFloat: false },
};
