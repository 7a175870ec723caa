import { z } from 'zod';
import type { JobReport } from '../canonical/job.ts';
import { NermItemResult } from './item.ts';

const EXAMPLE_ID = '0197f3a2-4a1e-7c55-8d3b-1f2e3d4c5b6a';

export const NermJobAccepted = z
  .strictObject({
    info: z.string().meta({ description: 'What happened, for a person.', example: 'job has started' }),
    job_status: z
      .strictObject({
        job_id: z.guid().meta({ description: 'The identifier of the job.', example: EXAMPLE_ID }),
        status: z.literal('queued').meta({ description: 'How far it is.', example: 'queued' }),
      })
      .meta({ description: 'What `GET /job_status` asks for.' }),
    status: z.literal(200).meta({ description: 'The status of this response.', example: 200 }),
  })
  .meta({ id: 'NermJobAccepted', description: 'The users wait in a job.' });

export const NermJobQuery = z.strictObject({
  job_id: z.string().max(256).toLowerCase().meta({ description: 'The identifier of the job.', example: EXAMPLE_ID }),
});

const count = (description: string, example: number) => z.int().min(0).meta({ description, example });

export const NermJob = z
  .strictObject({
    uid: z.guid().meta({ description: 'The identifier of the job.', example: EXAMPLE_ID }),
    status: z
      .enum(['queued', 'complete'])
      .meta({ description: 'Whether all users were processed.', example: 'complete' }),
    job_type: z.string().meta({ description: 'What is done to each user.', example: 'create_users' }),
    job_data: z
      .array(NermItemResult)
      .meta({ description: 'The results of the users that were processed, in the order of the request.' }),
    total: count('How many users there are.', 250),
    done: count('The number of users that were processed.', 250),
  })
  .meta({ id: 'NermJob', description: 'The progress of a job, and the results of its users.' });

export function encodeNermJob({ id, kind, total, done, results }: JobReport): z.infer<typeof NermJob> {
  return {
    uid: id,
    status: done === total ? 'complete' : 'queued',
    job_type: kind,
    job_data: [...(results as readonly NermItemResult[])],
    total,
    done,
  };
}
