import type { Question } from './rows.ts';
import type { State } from './state.ts';

export const findQuestion = (state: State, id: string): Question | undefined =>
  state.questions.find((q) => q.id === id);

export const findOpenQuestions = (state: State, turn?: string): Question[] =>
  state.questions.filter((q) => q.state === 'open' && (turn === undefined || q.turn === turn));

export function withQuestion(state: State, question: Question): State {
  if (!findQuestion(state, question.id)) return { ...state, questions: [...state.questions, question] };
  return { ...state, questions: state.questions.map((q) => (q.id === question.id ? question : q)) };
}
