import type { AnchorHTMLAttributes, Ref } from 'react';
import { routeUrl, type Route } from '../lib/route';
import { go, isPlainClick } from '../state/router';

interface Props extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  to: Route;
  ref?: Ref<HTMLAnchorElement>;
  before?: () => void;  // runs before leaving, as part of the click
}

export function Link({ to, before, onClick, ...rest }: Props) {
  return (
    <a
      href={routeUrl(to)}
      onClick={(event) => {
        onClick?.(event);
        if (!isPlainClick(event)) return;
        event.preventDefault();
        before?.();
        go(to);
      }}
      {...rest}
    />
  );
}
