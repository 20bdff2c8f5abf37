// The life of a request: its table of transitions, what its items make of it, and what the rows make of an item.
import { describe, expect, test } from '@jest/globals';
import {
  checkCancel,
  isLegal,
  type ItemSituation,
  type ItemTransition,
  itemTransitions,
  progressOf,
  type RequestItem,
  type RequestState,
  requestStateNames,
  requestStateOf,
  requestStates,
} from '../../src/domain/request.js';

describe('the table of transitions', () => {
  test.each(Object.keys(itemTransitions) as ItemTransition[])('%s is legal from its states alone', (transition) => {
    const from: readonly RequestState[] = itemTransitions[transition].from;
    expect(requestStateNames.filter((state) => isLegal(transition, state))).toEqual(
      requestStateNames.filter((state) => from.includes(state)),
    );
  });

  test('every state says how it is entered, who leaves it, and what happens otherwise', () => {
    for (const state of Object.values(requestStates))
      expect(Object.values(state).every((sentence) => sentence.length > 3)).toBe(true);
  });
});

test.each<[readonly RequestState[], RequestState]>([
  [['PENDING_APPROVAL'], 'PENDING_APPROVAL'],
  [['PENDING_APPROVAL', 'COMPLETED'], 'PENDING_APPROVAL'],
  [['APPROVED', 'APPROVED'], 'APPROVED'],
  [['APPROVED', 'DECLINED'], 'APPROVED'],
  [['APPROVED', 'COMPLETED'], 'PROVISIONING'],
  [['PROVISIONING', 'FAILED'], 'PROVISIONING'],
  [['COMPLETED', 'COMPLETED'], 'COMPLETED'],
  [['COMPLETED', 'FAILED'], 'PARTIALLY_COMPLETED'],
  [['COMPLETED', 'DECLINED'], 'PARTIALLY_COMPLETED'],
  [['FAILED', 'DECLINED'], 'FAILED'],
  [['DECLINED', 'DECLINED'], 'DECLINED'],
  [['DECLINED', 'CANCELED'], 'DECLINED'],
  [['CANCELED'], 'CANCELED'],
])('items %j make the request %s', (items, state) => {
  expect(requestStateOf(items)).toBe(state);
});

const addition: ItemSituation = {
  itemId: 'i',
  action: 'ADD',
  state: 'APPROVED',
  assignment: { workflowState: 'APPROVED', requestItemId: 'i' },
  isHeld: true,
  isDirty: false,
  pendingStates: [],
};
const removal: ItemSituation = {
  ...addition,
  action: 'REMOVE',
  assignment: { workflowState: 'CANCELLATION', requestItemId: 'h' },
  isHeld: false,
};
const change: ItemSituation = {
  ...addition,
  action: 'UPDATE',
  assignment: { workflowState: 'APPROVED', requestItemId: 'h' },
};

describe('progressOf', () => {
  test.each<[string, ItemSituation, ItemTransition | null]>([
    ['an addition not computed yet', { ...addition, isHeld: false, isDirty: true }, null],
    ['an addition whose day has not come', { ...addition, isHeld: false }, null],
    ['an addition that is being written', { ...addition, pendingStates: ['PENDING', 'VERIFIED'] }, 'start'],
    ['an addition still being written', { ...addition, state: 'PROVISIONING', pendingStates: ['EXECUTED'] }, null],
    [
      'an addition that was refused for good',
      { ...addition, state: 'PROVISIONING', pendingStates: ['EXECUTED', 'ERRORED'] },
      'fail',
    ],
    ['an addition seen everywhere', { ...addition, state: 'PROVISIONING' }, 'complete'],
    ['an addition without effects', addition, 'complete'],
    ['an addition seen everywhere while another computation is due', { ...addition, isDirty: true }, 'complete'],
    ['a failed addition that is tried again', { ...addition, state: 'FAILED', pendingStates: ['PENDING'] }, 'start'],
    ['a failed addition that came through', { ...addition, state: 'FAILED' }, 'complete'],
    [
      'an addition whose assignment ended meanwhile',
      { ...addition, state: 'PROVISIONING', assignment: null },
      'cancel',
    ],
    [
      'an addition that is being taken away again',
      { ...addition, state: 'PROVISIONING', assignment: { workflowState: 'CANCELLATION', requestItemId: 'i' } },
      'cancel',
    ],
    ['a removal not computed yet', { ...removal, isDirty: true, isHeld: true }, null],
    ['a removal that is being written', { ...removal, pendingStates: ['PENDING'] }, 'start'],
    ['a removal that was refused for good', { ...removal, state: 'PROVISIONING', pendingStates: ['ERRORED'] }, 'fail'],
    ['a removal seen everywhere', { ...removal, state: 'PROVISIONING', assignment: null }, 'complete'],
    ['a change not computed yet', { ...change, isDirty: true }, null],
    ['a change computed without effect', change, 'complete'],
  ])('%s', (_name, situation, expected) => {
    expect(progressOf(situation)).toBe(expected);
  });
});

describe('checkCancel', () => {
  const item: RequestItem = {
    id: 'i',
    position: 0,
    action: 'ADD',
    role: 'editor',
    startDate: null,
    endDate: null,
    parameters: null,
    state: 'PENDING_APPROVAL',
  };
  const request = (state: RequestState) => ({ number: 'REQ-1', state, items: [{ ...item, state }] });

  test.each<RequestState>(['PENDING_APPROVAL', 'APPROVED', 'PROVISIONING'])('takes back what is %s', (state) => {
    expect(checkCancel(request(state), [])).toMatchObject({ ok: true, value: [{ id: 'i' }] });
  });

  test.each<RequestState>(['COMPLETED', 'DECLINED', 'CANCELED', 'FAILED'])('refuses what is %s', (state) => {
    expect(checkCancel(request(state), [])).toMatchObject({
      ok: false,
      refusals: [{ code: 'STATE_CONFLICT', rule: 'request.cancel-before-executed' }],
    });
  });

  test('refuses an approved change of dates, whose dates before are gone', () => {
    expect(
      checkCancel({ ...request('APPROVED'), items: [{ ...item, action: 'UPDATE', state: 'APPROVED' }] }, []).ok,
    ).toBe(false);
    expect(checkCancel({ ...request('PENDING_APPROVAL'), items: [{ ...item, action: 'UPDATE' }] }, []).ok).toBe(true);
  });

  test('refuses what a managed system holds already', () => {
    expect(checkCancel(request('PROVISIONING'), ['i'])).toMatchObject({
      ok: false,
      refusals: [{ code: 'STATE_CONFLICT' }],
    });
  });
});
