import { useEffect, useRef, useState } from 'preact/hooks';
import { textOf } from '../ui/dialog.tsx';
import { isProviderOffered, PROVIDER_URL, signIn } from './session.ts';

export function SignIn() {
  const [fault, setFault] = useState<string | null>(faultOfProvider);
  const [isOffered, setIsOffered] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · ECS console';
    name.current?.focus();
    void isProviderOffered().then(setIsOffered);
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setIsBusy(true);
    setFault(await signIn(textOf(fields, 'name'), textOf(fields, 'password')));
    setIsBusy(false);
  };
  return (
    <main class="sign-in">
      <h1>ECS console</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          Name
          <input ref={name} name="name" autocomplete="username" required maxLength={63} />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required maxLength={128} />
        </label>
        <p role="alert" class="fault">
          {fault}
        </p>
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Signing in' : 'Sign in'}
        </button>
      </form>
      {isOffered && (
        <p>
          <a href={PROVIDER_URL}>Sign in at the provider of your organization</a>
        </p>
      )}
      <p class="hint">
        An account is made by <code>ecs operators add NAME --role ROLE</code>.
      </p>
    </main>
  );
}

/** After a way back from the provider that led to no session. */
const faultOfProvider = () =>
  new URLSearchParams(location.search).get('sign-in') === 'failed'
    ? 'The sign-in at the provider did not work, or its account has no role here.'
    : null;
