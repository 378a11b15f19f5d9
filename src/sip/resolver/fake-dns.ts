import type { Dns, DnsAnswer, NaptrRecord, SrvRecord } from './dns.ts';

export interface FakeRecords {
  naptr?: Record<string, NaptrRecord[]>;
  srv?: Record<string, SrvRecord[]>;
  addresses?: Record<string, string[]>;
  /** Questions to which no name server answers, as `asked` has them. */
  dead?: string[];
  /** Of every answer, in milliseconds; a minute where unset. */
  ttlMs?: number;
}

/** Name servers for tests: they know what they are given and note what they are asked. */
export class FakeDns implements Dns {
  records: FakeRecords;
  /** Each question, in order, such as `srv _sip._udp.pbx.test`. */
  readonly asked: string[] = [];

  constructor(records: FakeRecords) {
    this.records = records;
  }

  naptr(name: string): Promise<DnsAnswer<NaptrRecord>> {
    return this.#answer(`naptr ${name}`, this.records.naptr?.[name]);
  }

  srv(name: string): Promise<DnsAnswer<SrvRecord>> {
    return this.#answer(`srv ${name}`, this.records.srv?.[name]);
  }

  addresses(host: string): Promise<DnsAnswer<string>> {
    return this.#answer(`addresses ${host}`, this.records.addresses?.[host]);
  }

  async #answer<Record>(question: string, records: Record[] = []): Promise<DnsAnswer<Record>> {
    this.asked.push(question);
    if (this.records.dead?.includes(question)) throw new Error(`no name server answers: ${question}`);
    return { records, ttlMs: this.records.ttlMs ?? 60_000 };
  }
}
