// The front door of the package.
export {};
