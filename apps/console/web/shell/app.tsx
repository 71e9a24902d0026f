import { useEffect, useState } from 'preact/hooks';
import { Redirect, Route, Router, Switch } from 'wouter-preact';
import type { Operator } from '../../../../sdk/contracts/operator.ts';
import type { Page } from '../page.ts';
import { PAGES } from '../pages.ts';
import { Failed, Loaded, Loading } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Layout } from './layout.tsx';
import { hasRole, operator, readSession, standing } from './session.ts';
import { SignIn, SignInAgain } from './sign-in.tsx';
import { useTitle } from './title.ts';

export function App() {
  const account = operator.use();
  const session = standing.use();
  if (account === undefined) return <FirstSession />;
  if (account === null) return <SignIn />;
  return (
    <>
      {/* Hidden, the pages keep the words typed in them; another operator gets pages of their own. */}
      <div key={account.name} hidden={session.is !== 'open'}>
        <Pages account={account} />
      </div>
      {session.is !== 'open' && <SignInAgain account={account} session={session} />}
    </>
  );
}

/** Until the session is known, or with the reason why it is not. */
function FirstSession() {
  const [fault, setFault] = useState<Error | null>(null);
  const read = () => {
    setFault(null);
    readSession().catch(setFault);
  };
  useEffect(read, []);
  return (
    <main class="sign-in">
      {fault ? <Failed what="the session" error={fault} onRetry={read} /> : <Loading what="the console" />}
    </main>
  );
}

function Pages({ account }: { account: Operator }) {
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
  useTitle(page.titleOf?.(params) ?? page.title);
  const module = useLoad(page.load, [page]);
  return (
    <Loaded of={module} what="the page">
      {/* Nothing of one subject is left when the browser's history leads to another. */}
      {({ default: Component }) => <Component key={Object.values(params).join('/')} {...params} />}
    </Loaded>
  );
}

const NO_PAGE = 'There is no such page';

function NoPage() {
  useTitle(NO_PAGE);
  return (
    <section>
      <h1>{NO_PAGE}</h1>
      <p>Nothing is here for your roles. The navigation has what is.</p>
    </section>
  );
}
