// What scripts expect of the web platform and V8 does not bring: text encodings, base64, URL and URLSearchParams.
// One expression: a function without arguments that returns these globals. Nothing here reaches out of the engine.
(() => {
  'use strict';

  const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  function btoa(data) {
    const text = String(data);
    let encoded = '';
    for (let at = 0; at < text.length; at += 3) {
      const bytes = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
      if (bytes.some((byte) => byte > 255)) throw new RangeError('btoa: a character is beyond Latin-1');
      const bits = (bytes[0] << 16) | ((bytes[1] || 0) << 8) | (bytes[2] || 0);
      encoded += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63];
      encoded += at + 1 < text.length ? BASE64[(bits >> 6) & 63] : '=';
      encoded += at + 2 < text.length ? BASE64[bits & 63] : '=';
    }
    return encoded;
  }

  function atob(data) {
    let text = String(data).replace(/[\t\n\f\r ]/g, '');
    if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '');
    if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw new RangeError('atob: this is not base64');
    let decoded = '';
    for (let at = 0; at < text.length; at += 4) {
      const digits = [0, 1, 2, 3].map((place) => (at + place < text.length ? BASE64.indexOf(text[at + place]) : 0));
      const bits = (digits[0] << 18) | (digits[1] << 12) | (digits[2] << 6) | digits[3];
      decoded += String.fromCharCode(bits >> 16);
      if (at + 2 < text.length) decoded += String.fromCharCode((bits >> 8) & 255);
      if (at + 3 < text.length) decoded += String.fromCharCode(bits & 255);
    }
    return decoded;
  }

  class TextEncoder {
    get encoding() {
      return 'utf-8';
    }

    encode(input = '') {
      // encodeURIComponent writes UTF-8 in hexadecimal, and every other character as it is.
      const escaped = encodeURIComponent(String(input).toWellFormed());
      const bytes = [];
      for (let at = 0; at < escaped.length; at += 1) {
        if (escaped[at] === '%') {
          bytes.push(parseInt(escaped.slice(at + 1, at + 3), 16));
          at += 2;
        } else {
          bytes.push(escaped.charCodeAt(at));
        }
      }
      return Uint8Array.from(bytes);
    }
  }

  // The sequences of Unicode's table 3-7: how many bytes follow the first, and what the second may be.
  function sequence(first) {
    if (first >= 0xc2 && first <= 0xdf) return [1, 0x80, 0xbf];
    if (first >= 0xe0 && first <= 0xef) return [2, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf];
    if (first >= 0xf0 && first <= 0xf4) return [3, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf];
    return null;
  }

  class TextDecoder {
    #fatal;
    #ignoreBOM;

    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
      if (!/^(unicode-1-1-)?utf-?8$/i.test(String(label).trim())) throw new RangeError('TextDecoder: only UTF-8');
      this.#fatal = Boolean(fatal);
      this.#ignoreBOM = Boolean(ignoreBOM);
    }

    get encoding() {
      return 'utf-8';
    }

    get fatal() {
      return this.#fatal;
    }

    decode(input = new Uint8Array()) {
      const bytes = ArrayBuffer.isView(input)
        ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
        : new Uint8Array(input);
      let text = '';
      for (let at = 0; at < bytes.length; ) {
        const [character, length] = this.#character(bytes, at);
        text += character;
        at += length;
      }
      return !this.#ignoreBOM && text[0] === '\ufeff' ? text.slice(1) : text;
    }

    #character(bytes, at) {
      const first = bytes[at];
      if (first < 0x80) return [String.fromCharCode(first), 1];
      const shape = sequence(first);
      let point = shape === null ? 0 : first & (0x3f >> shape[0]);
      let taken = 1;
      for (; shape !== null && taken <= shape[0]; taken += 1) {
        const next = bytes[at + taken];
        const [low, high] = taken === 1 ? [shape[1], shape[2]] : [0x80, 0xbf];
        if (next === undefined || next < low || next > high) break;
        point = (point << 6) | (next & 0x3f);
      }
      if (shape !== null && taken > shape[0]) return [String.fromCodePoint(point), taken];
      if (this.#fatal) throw new TypeError('TextDecoder: this is not UTF-8');
      return ['\ufffd', taken];
    }
  }

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

    static of(query, changed) {
      const params = new URLSearchParams(query);
      params.#changed = changed;
      return params;
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
    text.toWellFormed().replace(outside, (character) =>
      [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
    );

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
    if (numbers.length > 3 || numbers.some((part) => part > 255) || last >= 256 ** (4 - numbers.length)) throw invalid();
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
    // eslint-disable-next-line no-control-regex -- the characters the URL standard strips
    const text = String(input).replace(/^[\0- ]+|[\0- ]+$/g, '').replace(/[\t\n\r]/g, '');
    const [, scheme] = /^([a-z][a-z0-9+.-]*:)/i.exec(text) || [];
    const protocol = (scheme || '').toLowerCase();
    if (protocol !== '' && !(protocol in DEFAULT_PORTS)) {
      const { path, search, hash } = split(text.slice(protocol.length));
      return { protocol, username: '', password: '', hostname: '', port: '', opaque: true, pathname: path, search, hash };
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
      if (!this.#parts.opaque) this.#parts.pathname = readPath(String(value).replace(/^[/\\]/, '').replace(/[?#]/g, encodeURIComponent));
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
      this.#params ??= URLSearchParams.of(this.#parts.search, (query) => {
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

  return { TextDecoder, TextEncoder, URL, URLSearchParams, atob, btoa };
})
