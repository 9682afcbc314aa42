import { describe, expect, it } from 'vitest';
import type { Component } from '#domain/gates/dependencies/component.ts';
import { judgeLoader } from '#domain/gates/dependencies/loader.ts';
import { parseRequirements } from '#domain/gates/dependencies/parse/requirements.ts';

const declared = (text: string): readonly Component[] =>
  parseRequirements('requirements.txt', text).components;
const judge = (format: string, text: string, wrote?: string) =>
  judgeLoader(format, declared(text), wrote ? [{ name: 'scikit-learn', version: wrote }] : []);

describe('judgeLoader', () => {
  it('passes a format whose loader is one exact release', () => {
    expect(judge('onnx', 'onnxruntime==1.22.0')).toMatchObject([
      { verdict: 'pass', observed: 'onnxruntime 1.22.0', where: 'requirements.txt:1' },
    ]);
  });

  it.each([
    ['pytorch', '', 'torch'],
    ['pytorch', 'torch>=2', 'torch'],
    ['joblib', 'joblib==1.3.2', 'scikit-learn'],
    ['xgboost', 'lightgbm==4.0', 'xgboost'],
  ])('leaves %s undecided when "%s" does not fix its loader', (format, text, name) => {
    const [check] = judge(format, text);
    expect(check?.verdict).toBe('inconclusive');
    expect(check?.message).toContain(`declare "${name}==<version>"`);
  });

  it('takes whichever of several loaders is pinned', () => {
    expect(judge('keras', 'keras\ntensorflow==2.16.1')[0]?.observed).toBe('tensorflow 2.16.1');
  });

  it('leaves a format undecided that nothing is known about', () => {
    expect(judge('zip', 'torch==2.6.0')).toMatchObject([
      { verdict: 'inconclusive', observed: 'zip' },
    ]);
    expect(judge('constructor', '')).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it.each([
    ['1.4.2', '1.4.2', 'pass'],
    ['1.4.2.post1', '1.4.2', 'fail'],
    ['1.4.2', '1.5.0', 'fail'],
    ['1.4.2+local', '1.4.2', 'pass'],
    ['unknown', '1.4.2', 'inconclusive'],
  ])('has a pickle written by %s and read by %s: %s', (wrote, reads, verdict) => {
    const [, writer] = judge('pickle', `scikit-learn==${reads}`, wrote);
    expect(writer).toMatchObject({ id: 'dependencies.writer', verdict });
  });

  it('leaves a pickle undecided that does not say what wrote it', () => {
    const [, writer] = judge('joblib', 'scikit-learn==1.4.2');
    expect(writer).toMatchObject({ verdict: 'inconclusive' });
    expect(writer?.message).toContain('convert the model to onnx');
  });

  it('leaves a pickle undecided whose writer is not among the declared packages', () => {
    const checks = judgeLoader('pickle', declared('scikit-learn==1.4.2'), [
      { name: 'numpy', version: '1.26.4' },
    ]);
    expect(checks[1]).toMatchObject({ verdict: 'inconclusive', threshold: 'numpy 1.26.4' });
  });
});
