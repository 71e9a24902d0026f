import { useEffect } from 'preact/hooks';
import { Redirect, Route, Router, Switch } from 'wouter-preact';
import type { Page } from '../page.ts';
import { PAGES } from '../pages.ts';
import { Loaded, Loading } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Layout } from './layout.tsx';
import { hasRole, operator, readSession } from './session.ts';
import { SignIn } from './sign-in.tsx';

export function App() {
  const account = operator.use();
  useEffect(() => void readSession(), []);
  if (account === undefined) return <Loading what="the console" />;
  if (account === null) return <SignIn />;
  const pages = PAGES.filter(({ roles }) => hasRole(roles));
  const first = pages.find(({ isListed }) => isListed);
  return (
    <Router base="/console">
      <Layout pages={pages} account={account}>
        <Switch>
          {pages.map((page) => (
            <Route key={page.path} path={page.path}>
              {(params) => <Opened page={page} params={params as Record<string, string>} />}
            </Route>
          ))}
          <Route path="/">{first ? <Redirect to={first.path} /> : <NoPage />}</Route>
          <Route>
            <NoPage />
          </Route>
        </Switch>
      </Layout>
    </Router>
  );
}

function Opened({ page, params }: { page: Page; params: Record<string, string> }) {
  useEffect(() => {
    document.title = `${page.title} · ECS console`;
  }, [page]);
  const module = useLoad(page.load, [page]);
  return (
    <Loaded of={module} what="the page">
      {({ default: Component }) => <Component {...params} />}
    </Loaded>
  );
}

function NoPage() {
  return (
    <section>
      <h1>There is no such page</h1>
      <p>Nothing is here for your roles. The navigation has what is.</p>
    </section>
  );
}
