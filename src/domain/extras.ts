/** What one dialect has and the domain lacks, kept as it came and returned unchanged until it is given its meaning. */
export interface Extras {
  vapi?: Record<string, unknown>;
  vocode?: Record<string, unknown>;
  fluents?: Record<string, unknown>;
  opencx?: Record<string, unknown>;
}
