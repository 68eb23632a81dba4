/** What setTimeout returns, an object in Node and a number in a browser. */
export type Timer = ReturnType<typeof setTimeout>;
