/**
 * The open connections of a thread, one an origin. Their descriptors are in memory that the main thread
 * shares: a thread that was ended cannot close them.
 */
interface Connections {
  /** Takes the idle connection of an origin out; undefined when there is none. */
  take(origin: string): number | undefined;
  /** Makes a new descriptor known. */
  open(fd: number): void;
  /** Keeps a connection for the origin's next request. */
  keep(origin: string, fd: number): void;
  close(fd: number): void;
  closeAll(): void;
}

/** The most connections that a user keeps; the one that was used longest ago is closed for another. */
const IDLE_MAX = 15;

/** One more is in use. Each place has the descriptor and 1, or 0. */
export const createDescriptors = (): SharedArrayBuffer => new SharedArrayBuffer(4 * (IDLE_MAX + 1));

export function createConnections(shared: SharedArrayBuffer, closeFd: (fd: number) => void): Connections {
  const places = new Int32Array(shared);
  const idle = new Map<string, number>();
  const connections: Connections = {
    take(origin) {
      const fd = idle.get(origin);
      if (fd !== undefined) idle.delete(origin);
      return fd;
    },
    open: (fd) => void (places[places.indexOf(0)] = fd + 1),
    keep(origin, fd) {
      const [oldest] = idle;
      if (oldest && idle.size >= IDLE_MAX) {
        idle.delete(oldest[0]);
        connections.close(oldest[1]);
      }
      idle.set(origin, fd);
    },
    close(fd) {
      places[places.indexOf(fd + 1)] = 0;
      closeFd(fd);
    },
    closeAll() {
      idle.clear();
      closeDescriptors(shared, closeFd);
    },
  };
  return connections;
}

/** Closes the connections that a thread has left open. */
export function closeDescriptors(shared: SharedArrayBuffer, closeFd: (fd: number) => void): void {
  const places = new Int32Array(shared);
  for (const [index, value] of places.entries()) {
    places[index] = 0;
    if (value > 0) closeFd(value - 1);
  }
}
