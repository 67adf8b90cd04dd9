/** Defaults that the engine and virtctl share. */
export const defaultPort = 16443;
export const defaultNetwork = "default";
