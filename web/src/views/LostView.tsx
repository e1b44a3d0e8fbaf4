import { Compass } from 'lucide-react';
import { Link } from '../components/Link';
import { Note } from '../components/Note';

export default function LostView() {
  return (
    <div className="page">
      <Note icon={Compass} title="There is nothing at this address" actions={<Link className="button primary" to={{ view: 'gallery', tag: '' }}>All photos</Link>}>
        It may be mistyped, or from another version of Likeness.
      </Note>
    </div>
  );
}
