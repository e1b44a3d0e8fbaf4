import { CircleAlert } from 'lucide-react';
import { useId, useState, type InputHTMLAttributes, type ReactNode } from 'react';
import { asApiError, type ApiError } from '../api/client';
import { known } from '../lib/texts';
import { upperFirst } from '../lib/words';
import './form.css';

interface FormProps {
  submit: string;
  onSubmit: (values: Record<string, string>, form: HTMLFormElement) => Promise<unknown> | void;
  onError?: (error: ApiError) => boolean | void;  // true: dealt with
  children: ReactNode;
  more?: ReactNode;  // beside the button
  bad?: boolean;
  label?: string;
  className?: string;
  account?: string;  // whose password it takes, where no field says so: for the browser's store of passwords
}

// Fields and one button. What the server refuses is said in its own words, above the button.
export function Form({ submit, onSubmit, onError, children, more, bad = false, label, className = '', account }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  return (
    <form
      className={`form ${className}`}
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const values = Object.fromEntries([...new FormData(form)].filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
        setBusy(true);
        setError(null);
        void Promise.resolve(onSubmit(values, form)).catch((reason: unknown) => {
          const failed = asApiError(reason);
          if (!onError?.(failed)) setError(failed);
        }).finally(() => setBusy(false));
      }}
    >
      {account !== undefined && <input type="text" name="account" value={account} autoComplete="username" readOnly hidden />}
      {children}
      {error && (
        <p className="form-error" role="alert">
          <CircleAlert size={16} aria-hidden />
          <span>{upperFirst(known(error.message))}{error.hint && <span className="muted"> {upperFirst(known(error.hint))}</span>}</span>
        </p>
      )}
      <div className="form-end">
        <button type="submit" className={`button ${bad ? 'bad' : 'primary'}`} disabled={busy}>{submit}</button>
        {more}
      </div>
    </form>
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: ReactNode;
}

export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="field" aria-describedby={hint ? `${id}-hint` : undefined} {...input} />
      {hint && <p id={`${id}-hint`} className="small muted">{hint}</p>}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  name: string;
  options: readonly (readonly [value: string, label: string])[];
  value?: string;
  defaultValue?: string;
  onChange?: (value: string) => void;
  hint?: ReactNode;
  disabled?: boolean;
}

export function Choice({ label, name, options, value, defaultValue, onChange, hint, disabled }: ChoiceProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} name={name} className="field" value={value} defaultValue={defaultValue} disabled={disabled} onChange={onChange && ((event) => onChange(event.target.value))}>
        {options.map(([one, words]) => <option key={one} value={one}>{words}</option>)}
      </select>
      {hint && <p className="small muted">{hint}</p>}
    </div>
  );
}
