/** A real server that counts its requests and responds by their paths. */
export function startServer() {
  const paths: string[] = [];
  const server = Bun.serve({
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      paths.push(pathname);
      return respond(request, pathname);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    /** Returns the number of requests to a path, or of all. */
    count: (path?: string) => paths.filter((name) => path === undefined || name === path).length,
    stop: () => server.stop(true),
  };
}

async function respond(request: Request, pathname: string): Promise<Response> {
  const [, first = '', second = ''] = pathname.split('/');
  if (first === 'status') return new Response('as you wish', { status: Number(second) });
  if (first === 'slow') {
    await Bun.sleep(Number(second));
    return new Response('at last');
  }
  if (first === 'redirect') {
    const remaining = Number(second) - 1;
    return new Response(null, {
      status: 302,
      headers: { location: remaining > 0 ? `/redirect/${remaining}` : '/echo' },
    });
  }
  if (first === 'login') {
    const headers = new Headers({ 'set-cookie': 'session=abc; Path=/' });
    return new Response('in', { headers });
  }
  if (first === 'json')
    return Response.json({
      items: [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ],
      'a.b': 3,
    });
  const headers = Object.fromEntries(request.headers);
  return Response.json({ method: request.method, path: pathname, headers, body: await request.text() });
}
