import { Fragment } from 'react';
import { KEYMAP } from '../../lib/keymap';
import { t } from '../../lib/texts';
import { help } from '../../state/shell';
import { Dialog } from '../Dialog';

const close = () => help.set(false);

export default function HelpSheet() {
  return (
    <Dialog title={t('Keys')} onClose={close} width={820} keys={{ '?': close }}>
      <div className="help">
        {KEYMAP.map(({ title, keys }) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            <dl>
              {keys.map(([names, what]) => (
                <div key={what}>
                  <dt>{names.map((name) => <Fragment key={name}><kbd>{name}</kbd></Fragment>)}</dt>
                  <dd>{t(what)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
