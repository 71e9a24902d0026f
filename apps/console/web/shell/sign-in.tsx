import { useEffect, useRef, useState } from 'preact/hooks';
import { textOf } from '../ui/dialog.tsx';
import { signIn } from './session.ts';

export function SignIn() {
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · ECS console';
    name.current?.focus();
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
      <p class="hint">
        An account is made by <code>ecs operators add NAME --role ROLE</code>.
      </p>
    </main>
  );
}
