import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** What is wrong with what was typed. */
  readonly problem?: string | null | undefined;
}

interface Described {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean | undefined;
}

/** A label, its input, a hint, and what is wrong: bound together for a screen reader. */
function Field({
  label,
  hint,
  problem,
  children,
}: FieldProps & { children: (attributes: Described) => ComponentChildren }) {
  const id = useId();
  const [hintId, problemId] = [`${id}-hint`, `${id}-problem`];
  const described = [hint ? hintId : '', problem ? problemId : ''].filter(Boolean).join(' ');
  return (
    <div class={`field${problem ? ' wrong' : ''}`}>
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': problem ? true : undefined })}
      {hint ? (
        <p id={hintId} class="hint">
          {hint}
        </p>
      ) : null}
      {problem ? (
        <p id={problemId} class="problem">
          {problem}
        </p>
      ) : null}
    </div>
  );
}

type InputType = 'text' | 'search' | 'password' | 'date' | 'time' | 'datetime-local';

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: InputType;
  /** Digits only on a phone's keyboard. */
  readonly numeric?: boolean;
  readonly maxLength?: number;
  readonly placeholder?: string;
  readonly autoFocus?: boolean;
  readonly autoComplete?: string;
  readonly unit?: string;
}

export function TextField(props: TextFieldProps) {
  const {
    value,
    onInput,
    type = 'text',
    numeric,
    maxLength,
    placeholder,
    autoFocus,
    autoComplete = 'off',
    unit,
  } = props;
  return (
    <Field label={props.label} hint={props.hint} problem={props.problem}>
      {(attributes) => (
        <span class="input">
          <input
            {...attributes}
            // The types of inputs are a union, each with attributes of its own: these have the same.
            type={type as 'text'}
            value={value}
            inputMode={numeric ? 'numeric' : undefined}
            maxLength={maxLength}
            placeholder={placeholder}
            autoComplete={autoComplete}
            spellcheck={false}
            step={type === 'datetime-local' && value.length > 16 ? 1 : undefined}
            // biome-ignore lint/a11y/noAutofocus: only the login and a dialog's first field
            autoFocus={autoFocus}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
          {unit ? <span class="unit">{unit}</span> : null}
        </span>
      )}
    </Field>
  );
}

interface Option<T extends string> {
  readonly value: T;
  readonly text: string;
}

interface SelectProps<T extends string> extends FieldProps {
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onInput: (value: T) => void;
}

export function SelectField<T extends string>({ value, options, onInput, ...field }: SelectProps<T>) {
  return (
    <Field {...field}>
      {(attributes) => (
        <select {...attributes} value={value} onInput={(event) => onInput(event.currentTarget.value as T)}>
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onInput: (value: T) => void;
  /** The label is for screen readers alone. */
  readonly bare?: boolean;
}

/** One of a few, all of them in sight: arrow keys choose. */
export function Choice<T extends string>({ label, value, options, onInput, bare }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class={`choice${bare ? ' bare' : ''}`}>
      <legend>{label}</legend>
      <div class="choice-options">
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onInput(option.value)}
            />
            <span>{option.text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function CheckField({
  label,
  value,
  onInput,
}: {
  label: string;
  value: boolean;
  onInput: (on: boolean) => void;
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => onInput(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
