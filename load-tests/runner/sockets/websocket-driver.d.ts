/** The part of websocket-driver that is used; the package has no types. */
declare module 'websocket-driver' {
  export interface Driver {
    io: NodeJS.ReadWriteStream;
    protocol: string | null;
    /** None before the response. */
    headers: Record<string, string> | null;
    setHeader(name: string, value: string): void;
    start(): boolean;
    text(data: string): boolean;
    binary(data: Uint8Array): boolean;
    ping(data: string, onPong?: () => void): boolean;
    close(reason: string, code: number): boolean;
    on(name: 'open' | 'ping' | 'pong', listener: () => void): this;
    on(name: 'message', listener: (event: { data: string | Buffer }) => void): this;
    on(name: 'close', listener: (event: { code: number; reason: string }) => void): this;
    on(name: 'error', listener: (error: Error) => void): this;
  }
  const driver: { client(url: string, options: { protocols?: string[] }): Driver };
  export default driver;
}
