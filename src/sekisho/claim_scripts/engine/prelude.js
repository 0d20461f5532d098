// The inside of the engine: what a script sees beside the language, and the three doors it is entered by.
// One expression: a function of the globals that the other two files make, which returns the doors. A script never
// gets hold of a door, and whatever it does to the built-in objects harms no run but its own: all that leaves is text,
// judged outside.
((web) => {
  'use strict';

  const MOST_CLAIMS = 65536;
  const MOST_TEXT = 2000;
  const MOST_LOGS = 50;
  const MOST_BODY = 262144;

  const { parse, stringify } = JSON;
  const NativePromise = Promise;
  const NativeError = Error;
  const NativeTypeError = TypeError;
  const toText = String;
  const wellFormed = Function.prototype.call.bind(String.prototype.toWellFormed);
  const slice = Function.prototype.call.bind(String.prototype.slice);
  // Indirect, hence in the global scope, which is all a script sees.
  const evaluate = eval;

  let messages = [];
  let waiting = { __proto__: null };
  let calls = 0;
  let logged = 0;
  let entry;
  let denial = null;

  const brief = (value) => {
    try {
      return slice(wellFormed(toText(value)), 0, MOST_TEXT);
    } catch {
      return 'a value without a text';
    }
  };
  const say = (message) => {
    messages[messages.length] = { __proto__: null, ...message };
  };
  const ask = (message, settle) => {
    calls += 1;
    waiting[calls] = settle;
    say({ ...message, call: calls });
    return calls;
  };
  const fail = (error) => {
    const isError = error instanceof NativeError;
    say({ kind: 'failed', text: brief(isError ? error.message : error), name: brief(isError ? error.name : 'Error') });
  };

  // Host objects

  const describe = (value) => {
    if (typeof value !== 'object' || value === null || value instanceof NativeError) return brief(value);
    try {
      return brief(stringify(value));
    } catch {
      return brief(value);
    }
  };
  const log = (...values) => {
    logged += 1;
    if (logged > MOST_LOGS) return;
    say({ kind: 'log', text: brief(values.map(describe).join(' ')) });
  };
  const console = { debug: log, error: log, info: log, log, trace: log, warn: log };

  const setTimeout = (action, delay = 0, ...values) =>
    ask({ kind: 'sleep', milliseconds: Number(delay) || 0 }, () => action(...values));
  const clearTimeout = (call) => {
    if (call in waiting) say({ kind: 'forget', call });
    delete waiting[call];
  };

  class Headers {
    #values = new Map();

    constructor(init = {}) {
      const pairs = typeof init[Symbol.iterator] === 'function' ? [...init] : Object.entries(init);
      for (const [name, value] of pairs) this.append(name, value);
    }

    append(name, value) {
      const held = this.get(name);
      this.set(name, held === null ? value : `${held}, ${value}`);
    }

    delete(name) {
      this.#values.delete(toText(name).toLowerCase());
    }

    get(name) {
      return this.#values.get(toText(name).toLowerCase()) ?? null;
    }

    has(name) {
      return this.#values.has(toText(name).toLowerCase());
    }

    set(name, value) {
      this.#values.set(toText(name).toLowerCase(), toText(value).trim());
    }

    forEach(visit) {
      for (const [name, value] of this) visit(value, name, this);
    }

    entries() {
      return this.#values.entries();
    }

    keys() {
      return this.#values.keys();
    }

    values() {
      return this.#values.values();
    }

    [Symbol.iterator]() {
      return this.#values.entries();
    }
  }

  class Response {
    #bytes;
    #used = false;

    constructor(answer) {
      this.status = answer.status;
      this.ok = answer.status >= 200 && answer.status < 300;
      this.statusText = '';
      this.url = answer.url;
      this.redirected = answer.redirected;
      this.headers = new Headers(answer.headers);
      this.#bytes = answer.body;
    }

    get bodyUsed() {
      return this.#used;
    }

    async arrayBuffer() {
      if (this.#used) throw new NativeTypeError('the body was read already');
      this.#used = true;
      return Uint8Array.from(web.atob(this.#bytes), (character) => character.charCodeAt(0)).buffer;
    }

    async text() {
      return new web.TextDecoder().decode(await this.arrayBuffer());
    }

    async json() {
      return parse(await this.text());
    }
  }

  const bodyOf = (body, headers) => {
    if (body === undefined || body === null) return null;
    if (body instanceof web.URLSearchParams && !headers.has('content-type')) {
      headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
    } else if (typeof body === 'string' && !headers.has('content-type')) {
      headers.set('content-type', 'text/plain;charset=UTF-8');
    }
    const isBinary = body instanceof ArrayBuffer || ArrayBuffer.isView(body);
    const bytes = isBinary ? new Uint8Array(body.buffer ?? body) : new web.TextEncoder().encode(toText(body));
    if (bytes.length > MOST_BODY) throw new NativeTypeError(`a body is at most ${MOST_BODY} bytes`);
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return web.btoa(binary);
  };
  const fetch = async (input, { method = 'GET', headers: given = {}, body, redirect = 'follow' } = {}) => {
    const headers = new Headers(given);
    const request = {
      method: toText(method).toUpperCase(),
      url: new web.URL(input).href,
      redirect: toText(redirect),
      body: bodyOf(body, headers),
      headers: [...headers],
    };
    const answer = await new NativePromise((settle) => ask({ kind: 'fetch', request }, settle));
    if (answer.error !== undefined) throw new NativeTypeError(`fetch failed: ${answer.error}`);
    return new Response(answer);
  };

  const api = Object.freeze({
    denyAccess(message = 'Access denied') {
      // Remembered, so that a script that catches every error still denies what it denied.
      denial = brief(message);
      throw new NativeError(denial);
    },
  });

  // The global scope

  // What runs on its own time could run when nobody looks; and nothing here has a second thread to share with.
  for (const name of ['Atomics', 'SharedArrayBuffer', 'FinalizationRegistry', 'WeakRef', 'WebAssembly']) {
    delete globalThis[name];
  }
  globalThis.__timer_manager = undefined;
  for (const [name, value] of Object.entries({ ...web, Headers, clearTimeout, console, fetch, setTimeout })) {
    Object.defineProperty(globalThis, name, { value, writable: true });
  }

  // The doors

  const settle = async (input) => {
    try {
      const claims = await entry({ ...input, api });
      if (denial === null) return say({ kind: 'claims', text: serialize(claims) });
    } catch (error) {
      if (denial === null) return fail(error);
    }
    return say({ kind: 'denied', text: denial });
  };
  const serialize = (claims) => {
    const text = typeof claims === 'object' && claims !== null ? stringify(claims) : undefined;
    if (typeof text !== 'string' || text[0] !== '{') {
      throw new NativeTypeError('getCustomJwtClaims must return an object');
    }
    if (text.length > MOST_CLAIMS) throw new NativeTypeError(`claims are at most ${MOST_CLAIMS} characters of JSON`);
    return text;
  };

  return {
    load(script) {
      try {
        entry = evaluate(`${script}\n;typeof getCustomJwtClaims === 'function' ? getCustomJwtClaims : undefined`);
        if (entry === undefined) throw new NativeTypeError('the script defines no function getCustomJwtClaims');
        say({ kind: 'loaded' });
      } catch (error) {
        fail(error);
      }
    },
    begin(input) {
      logged = 0;
      denial = null;
      settle(parse(input));
    },
    answer(call, text) {
      const settled = waiting[call];
      delete waiting[call];
      try {
        if (settled !== undefined) settled(parse(text));
      } catch (error) {
        fail(error);
      }
    },
    drain() {
      // Its own, so that nobody's `Array.prototype.toJSON` is asked.
      messages.toJSON = undefined;
      const said = stringify(messages);
      messages = [];
      return said;
    },
  };
})
