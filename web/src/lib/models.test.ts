import { describe, expect, it } from 'vitest';
import type { ModelStatus } from '../api/client';
import { areBusy, knowsLooks, roleState } from './models';

const status = (part: Partial<ModelStatus>): ModelStatus => ({ role: 'image_text', model: 'small', waiting: 0, failed: 0, vectors: 0, ...part });

describe('models in use', () => {
  it.each<[string, ModelStatus[] | null, boolean]>([
    ['not asked yet', null, false],
    ['none', [], false],
    ['scenes alone', [status({ role: 'scenes' })], false],
    ['words', [status({})], true],
    ['look alone', [status({ role: 'image' })], true],
  ])('%s', (_, models, looks) => expect(knowsLooks(models)).toBe(looks));

  it.each<[ModelStatus[] | null, boolean]>([[null, false], [[status({})], false], [[status({}), status({ role: 'objects', waiting: 2 })], true]])(
    '%j: busy %s', (models, busy) => expect(areBusy(models)).toBe(busy));

  it('has looked at all', () => expect(roleState(status({}), 1200)).toEqual({ tone: 'good', words: '1,200 photos looked at', more: [], share: 1 }));
  it('is at it, and the one before answers', () => expect(roleState(status({ waiting: 30, answering_model: 'old' }), 120))
    .toEqual({ tone: 'busy', words: '90 of 120 photos looked at', more: ['old answers until then.'], share: 0.75 }));
  it('gave some up', () => expect(roleState(status({ failed: 1, error: 'cannot decode' }), 3))
    .toEqual({ tone: 'bad', words: '2 photos looked at', more: ['1 photo given up: cannot decode', 'likeness models verify tells whether its files are sound.'], share: 2 / 3 }));
  it('is broken', () => {
    const state = roleState(status({ waiting: 3, error: 'image.onnx: not a network' }), 3);
    expect(state.tone).toBe('bad');
    expect(state.more[0]).toBe('image.onnx: not a network');
    expect(roleState(status({ error: 'the model is damaged; fetch it again: likeness models pull small' }), 3).more)
      .toEqual(['The model is damaged; fetch it again: likeness models pull small']);
  });
  it('has nothing to do in an empty library', () => expect(roleState(status({}), 0).share).toBe(1));
});
