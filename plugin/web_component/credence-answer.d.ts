/** One token of an answer: its text, its log-probability in nats, and the most probable alternatives with theirs. */
export interface Token {
  text: string;
  logprob: number;
  top?: [string, number][];
}

/** One reading of the evidence as the probability that the answer is correct; `missing` says why there is none. */
export interface Signal {
  name: string;
  confidence: number | null;
  missing?: string;
}

/** The parts of an assessment of Credence that the element shows; the record has more. */
export interface Assessment {
  schema: "credence.assessment/1";
  evidence: { answer: { text: string; tokens?: Token[]; missing?: string } };
  signals: Signal[];
  decision: {
    abstain: boolean;
    confidence: number | null;
    reason: string;
    calibrated?: boolean;
    promise?: string;
    no_promise?: string;
    outside?: string;
  };
}

/**
 * `<credence-answer>`: an answer with the probability of every token, and how sure the model is.
 *
 * Attributes: `src` (the address of an assessment), `assessment` (its JSON), `panel="off"` (only the answer),
 * `theme` (`light` or `dark`; without it the element follows the system).
 */
export class CredenceAnswer extends HTMLElement {
  assessment: Assessment | null;
}

declare global {
  interface HTMLElementTagNameMap {
    "credence-answer": CredenceAnswer;
  }
}
