// URL and URLSearchParams as the URL Standard has them, for the schemes that are called; host names are ASCII.
// One expression: a function of the encodings that returns these globals.
((encodings) => {
  'use strict';

  const { TextDecoder, TextEncoder } = encodings;

  const decodeBytes = (text) => {
    const bytes = [];
    const source = new TextEncoder().encode(text);
    for (let at = 0; at < source.length; at += 1) {
      const hex = source[at] === 37 ? String.fromCharCode(source[at + 1], source[at + 2]) : '';
      if (/^[0-9a-f]{2}$/i.test(hex)) {
        bytes.push(parseInt(hex, 16));
        at += 2;
      } else {
        bytes.push(source[at]);
      }
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
  };

  const encodeForm = (text) =>
    encodeURIComponent(String(text).toWellFormed())
      .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replace(/%20/g, '+');

  /** Makes the parameters of a URL, which tell it when they change. */
  let paramsOf;

  class URLSearchParams {
    #pairs = [];
    #changed = () => {};

    constructor(init = '') {
      if (typeof init === 'object' && init !== null) {
        const pairs = typeof init[Symbol.iterator] === 'function' ? [...init] : Object.entries(init);
        this.#pairs = pairs.map(([name, value]) => [String(name), String(value)]);
      } else {
        this.#read(String(init));
      }
    }

    static {
      paramsOf = (query, changed) => {
        const params = new URLSearchParams(query);
        params.#changed = changed;
        return params;
      };
    }

    #read(query) {
      const plain = (text) => decodeBytes(text.replace(/\+/g, ' '));
      for (const part of query.replace(/^\?/, '').split('&')) {
        if (part === '') continue;
        const end = part.indexOf('=');
        this.#pairs.push(end < 0 ? [plain(part), ''] : [plain(part.slice(0, end)), plain(part.slice(end + 1))]);
      }
    }

    get size() {
      return this.#pairs.length;
    }

    append(name, value) {
      this.#pairs.push([String(name), String(value)]);
      this.#changed(this.toString());
    }

    delete(name) {
      this.#pairs = this.#pairs.filter(([each]) => each !== String(name));
      this.#changed(this.toString());
    }

    get(name) {
      const found = this.#pairs.find(([each]) => each === String(name));
      return found === undefined ? null : found[1];
    }

    getAll(name) {
      return this.#pairs.filter(([each]) => each === String(name)).map(([, value]) => value);
    }

    has(name) {
      return this.#pairs.some(([each]) => each === String(name));
    }

    set(name, value) {
      const place = this.#pairs.findIndex(([each]) => each === String(name));
      if (place < 0) {
        this.append(name, value);
        return;
      }
      this.#pairs[place][1] = String(value);
      this.#pairs = this.#pairs.filter(([each], at) => at <= place || each !== String(name));
      this.#changed(this.toString());
    }

    sort() {
      this.#pairs.sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
      this.#changed(this.toString());
    }

    forEach(visit) {
      for (const [name, value] of this.#pairs) visit(value, name, this);
    }

    *entries() {
      for (const [name, value] of this.#pairs) yield [name, value];
    }

    *keys() {
      for (const [name] of this.#pairs) yield name;
    }

    *values() {
      for (const [, value] of this.#pairs) yield value;
    }

    [Symbol.iterator]() {
      return this.entries();
    }

    toString() {
      return this.#pairs.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join('&');
    }
  }

  const DEFAULT_PORTS = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21' };
  const QUERY_ESCAPES = /[^\x21\x24-\x26\x28-\x3b\x3d\x3f-\x7e]/gu;
  const FRAGMENT_ESCAPES = /[^\x21\x23-\x3b\x3d\x3f-\x5f\x61-\x7e]/gu;
  const PATH_ESCAPES = /[^\x21\x24-\x3b\x3d\x40-\x5d\x5f\x61-\x7a\x7c\x7e]/gu;
  const USER_ESCAPES = /[^\x21\x24-\x2e\x30-\x39\x41-\x5a\x5f\x61-\x7a\x7e\x25]/gu;

  const escape = (text, outside) =>
    text.toWellFormed().replace(outside, (character) => {
      const bytes = [...new TextEncoder().encode(character)];
      return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
    });

  const invalid = () => new TypeError('Invalid URL');

  function readNumber(text) {
    if (/^0x[0-9a-f]*$/i.test(text)) return text.length === 2 ? 0 : parseInt(text, 16);
    if (/^0[0-7]*$/.test(text)) return parseInt(text, 8);
    if (/^[1-9][0-9]*$/.test(text)) return Number(text);
    throw invalid();
  }

  function readHost(raw) {
    if (/^\[[0-9a-f:.]+\]$/i.test(raw)) return raw.toLowerCase();
    const host = decodeBytes(raw).toLowerCase();
    // Names beyond ASCII need tables that are not here; whoever has one writes it as it is registered (xn--…).
    if (host === '' || /[^\x21-\x7e]|[#%/:<>?@[\\\]^|]/.test(host)) throw invalid();
    const labels = host.replace(/\.$/, '').split('.');
    if (!/^(0x[0-9a-f]*|[0-9]+)$/.test(labels.at(-1))) return host;
    const numbers = labels.map(readNumber);
    const last = numbers.pop();
    if (numbers.length > 3 || numbers.some((part) => part > 255)) throw invalid();
    if (last >= 256 ** (4 - numbers.length)) throw invalid();
    const address = numbers.reduce((sum, part, place) => sum + part * 256 ** (3 - place), last);
    return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
  }

  function readAuthority(protocol, authority) {
    const end = authority.lastIndexOf('@');
    const [username, ...rest] = end < 0 ? [''] : authority.slice(0, end).split(':');
    const [, host, port = ''] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*))?$/.exec(authority.slice(end + 1)) || [];
    if (host === undefined || Number(port) > 65535) throw invalid();
    const number = port === '' ? '' : String(Number(port));
    return {
      protocol,
      username: escape(username, USER_ESCAPES),
      password: escape(rest.join(':'), USER_ESCAPES),
      hostname: readHost(host),
      port: number === DEFAULT_PORTS[protocol] ? '' : number,
    };
  }

  function readPath(text) {
    const segments = [];
    const given = text.replace(/\\/g, '/').split('/');
    given.forEach((segment, place) => {
      const plain = segment.replace(/%2e/gi, '.');
      if (plain === '..') segments.pop();
      if (plain === '.' || plain === '..') {
        if (place === given.length - 1) segments.push('');
      } else {
        segments.push(escape(segment, PATH_ESCAPES));
      }
    });
    return `/${segments.join('/')}`;
  }

  function split(text) {
    const [, path, query, fragment] = /^([^?#]*)(\?[^#]*)?(#[^]*)?$/.exec(text);
    const kept = (part) => (part === undefined || part.length < 2 ? '' : part);
    return { path, search: escape(kept(query), QUERY_ESCAPES), hash: escape(kept(fragment), FRAGMENT_ESCAPES), query };
  }

  function readUrl(input, base) {
    const trimmed = String(input).replace(/^[\0- ]+|[\0- ]+$/g, '');
    const text = trimmed.replace(/[\t\n\r]/g, '');
    const [, scheme] = /^([a-z][a-z0-9+.-]*:)/i.exec(text) || [];
    const protocol = (scheme || '').toLowerCase();
    if (protocol !== '' && !(protocol in DEFAULT_PORTS)) {
      const { path, search, hash } = split(text.slice(protocol.length));
      const nothing = { username: '', password: '', hostname: '', port: '' };
      return { ...nothing, protocol, opaque: true, pathname: path, search, hash };
    }
    const rest = text.slice(protocol.length);
    if (protocol !== '' && (base === null || base.protocol !== protocol || /^[/\\]{2}/.test(rest))) {
      const [, authority, tail] = /^[/\\]*([^/\\?#]*)([^]*)$/.exec(rest);
      const { path, search, hash } = split(tail);
      return { ...readAuthority(protocol, authority), pathname: readPath(path.slice(1)), search, hash };
    }
    if (base === null || base.opaque) throw invalid();
    if (/^[/\\]{2}/.test(rest)) return readUrl(`${base.protocol}${rest}`, null);
    const { path, search, hash, query } = split(rest);
    if (path === '') return { ...base, search: query === undefined ? base.search : search, hash };
    const folder = base.pathname.slice(1, base.pathname.lastIndexOf('/') + 1);
    const pathname = /^[/\\]/.test(path) ? readPath(path.slice(1)) : readPath(folder + path);
    return { ...base, pathname, search, hash };
  }

  class URL {
    #parts;
    #params = null;

    constructor(input, base) {
      this.#parts = readUrl(input, base === undefined ? null : readUrl(base, null));
    }

    static canParse(input, base) {
      try {
        return new URL(input, base) instanceof URL;
      } catch {
        return false;
      }
    }

    get href() {
      const { protocol, opaque, username, password, pathname, search, hash } = this.#parts;
      if (opaque) return `${protocol}${pathname}${search}${hash}`;
      const user = username + (password === '' ? '' : `:${password}`);
      return `${protocol}//${user === '' ? '' : `${user}@`}${this.host}${pathname}${search}${hash}`;
    }

    set href(value) {
      this.#parts = readUrl(value, null);
      this.#params = null;
    }

    get origin() {
      return this.#parts.opaque ? 'null' : `${this.#parts.protocol}//${this.host}`;
    }

    get protocol() {
      return this.#parts.protocol;
    }

    get username() {
      return this.#parts.username;
    }

    get password() {
      return this.#parts.password;
    }

    get host() {
      return this.#parts.hostname + (this.#parts.port === '' ? '' : `:${this.#parts.port}`);
    }

    get hostname() {
      return this.#parts.hostname;
    }

    get port() {
      return this.#parts.port;
    }

    get pathname() {
      return this.#parts.pathname;
    }

    set pathname(value) {
      if (this.#parts.opaque) return;
      const path = String(value).replace(/^[/\\]/, '').replace(/[?#]/g, encodeURIComponent);
      this.#parts.pathname = readPath(path);
    }

    get search() {
      return this.#parts.search;
    }

    set search(value) {
      const query = String(value).replace(/^\?/, '').replace(/#/g, '%23');
      this.#parts.search = query === '' ? '' : escape(`?${query}`, QUERY_ESCAPES);
      this.#params = null;
    }

    get searchParams() {
      this.#params ??= paramsOf(this.#parts.search, (query) => {
        this.#parts.search = query === '' ? '' : `?${query}`;
      });
      return this.#params;
    }

    get hash() {
      return this.#parts.hash;
    }

    set hash(value) {
      const fragment = String(value).replace(/^#/, '');
      this.#parts.hash = fragment === '' ? '' : escape(`#${fragment}`, FRAGMENT_ESCAPES);
    }

    toString() {
      return this.href;
    }

    toJSON() {
      return this.href;
    }
  }

  return { URL, URLSearchParams };
})
